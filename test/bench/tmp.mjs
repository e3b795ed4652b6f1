import { data, vision } from "../../engine/index.js";
const { datasets, transforms:t } = vision;
const dataset = new datasets.MNIST(undefined, { transform: new t.Compose([new t.ToTensor(), new t.Normalize([0.1307],[0.3081])]) });
const loader = new data.DataLoader(dataset, { batchSize: 64, shuffle: true });
for (const _ of loader);
for (let k=0;k<4;k++){const a=process.cpuUsage(); const w=performance.now(); for(let e=0;e<10;e++) for(const _ of loader); const b=process.cpuUsage(a); console.log("cpu",((b.user+b.system)/1e3/10/loader.length).toFixed(4),"user",(b.user/1e3/10/loader.length).toFixed(4),"wall",((performance.now()-w)/10/loader.length).toFixed(4))}
