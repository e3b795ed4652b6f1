import { data, vision, fromTypedArray } from "../../engine/index.js";
const { datasets, transforms:t } = vision;
const dataset = new datasets.MNIST(undefined, { transform: new t.Compose([new t.ToTensor(), new t.Normalize([0.1307],[0.3081])]) });
const out = new Float32Array(64*784);
function cpu(name,f){for(let i=0;i<300;i++)f(i%125);const a=process.cpuUsage();for(let i=0;i<1500;i++)f(i%125);const b=process.cpuUsage(a);console.log(name,((b.user+b.system)/1500/1000).toFixed(4),"ms cpu/batch")}
let sink;
for (let z=0;z<2;z++){
cpu("raw only",(k)=>{for(let j=0;j<64;j++) sink=dataset.raw(k*64+j)});
cpu("raw + copyTo",(k)=>{for(let j=0;j<64;j++) dataset.raw(k*64+j)[0].copyTo(out,j*784)});
cpu("upload",(k)=>{sink=fromTypedArray(out,[64,1,28,28])});
cpu("labels",(k)=>{sink=data.defaultCollate(Array.from({length:64},(_,i)=>i))});
}
const plain = new datasets.MNIST();
const imgs = Array.from({length:8000},(_,i)=>plain.raw(i)[0].data);
const table=Float32Array.from({length:256},(_,i)=>Math.fround((i/255-0.1307)/0.3081));
function plane(bytes, table, target, at){ const {length}=bytes; for(let i=0;i<length;i++) target[at+i]=table[bytes[i]]; }
function plane4(bytes, table, target, at){ const {length}=bytes; let i=0; for(;i+3<length;i+=4){ target[at]=table[bytes[i]]; target[at+1]=table[bytes[i+1]]; target[at+2]=table[bytes[i+2]]; target[at+3]=table[bytes[i+3]]; at+=4;} for(;i<length;i++) target[at++]=table[bytes[i]]; }
for (let z=0;z<3;z++){
cpu("local plane",(k)=>{for(let j=0;j<64;j++) plane(imgs[k*64+j],table,out,j*784)});
cpu("local plane4",(k)=>{for(let j=0;j<64;j++) plane4(imgs[k*64+j],table,out,j*784)});
cpu("local plane sub",(k)=>{for(let j=0;j<64;j++) plane(imgs[k*64+j],table,out.subarray(j*784,j*784+784),0)});
cpu("raw + copyTo",(k)=>{for(let j=0;j<64;j++) dataset.raw(k*64+j)[0].copyTo(out,j*784)});
}
