// The article's network, for the benchmarks that train it.
import { F, nn } from "../../dist/engine/index.js";

export class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 10, 5);
  conv2 = new nn.Conv2d(10, 20, 5);
  conv2Drop = new nn.Dropout2d();
  fc1 = new nn.Linear(320, 50);
  fc2 = new nn.Linear(50, 10);

  forward(x) {
    x = F.relu(F.maxPool2d(this.conv1.forward(x), 2));
    x = F.relu(F.maxPool2d(this.conv2Drop.forward(this.conv2.forward(x)), 2));
    x = F.relu(this.fc1.forward(x.view(-1, 320)));
    return F.logSoftmax(this.fc2.forward(x), 1);
  }
}
