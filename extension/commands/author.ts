// Commands about writing programs. Each function has the name of its row in contributions.ts.
import { openMnistExample } from "../author/example.js";
import type { Services } from "../services.js";

export const openExample = ({ root }: Services) => openMnistExample(root);
