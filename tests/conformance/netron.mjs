// netron.mjs FOLDER MODEL CHECK: opens MODEL with the reader of the Netron in FOLDER, and walks what it
// would draw: no fewer operators than CHECK (`vww check --json`) says (a grouped convolution is several in
// the file), all of a known type, every value made before its use, every constant of the size that its
// shape and type ask for, every tensor quantized.
import assert from 'node:assert';
import fs from 'node:fs';
import path from 'node:path';

const [folder, file, check] = process.argv.slice(2);
const load = (name) => import(path.resolve(folder, name));
const base = await load('base.js');
const view = await load('view.js');

class Host {
    constructor() { this.type = 'Test'; }
    require(id) { return load(`${id}.js`); }
    asset(name) { return fs.promises.readFile(path.join(folder, name), 'utf-8'); }
    request(name) { return this.asset(name); }
    environment() { return null; }
    exception(error) { throw error; }
    event() {}
}

class Context {
    constructor() {
        this.identifier = path.basename(file);
        this.stream = new base.BinaryStream(new Uint8Array(fs.readFileSync(file)));
        this.entries = new Map();
        this.host = new Host();
    }
    tell() {}
    error(error) { throw error; }
    asset(name) { return this.host.asset(name); }
    request(name) { return this.host.request(name); }
    require(id) { return this.host.require(id); }
    metadata(name) { return base.Metadata.open(this, name); }
}

const bytes = { int8: 1, uint8: 1, int32: 4, int64: 8, float32: 4 };
const model = await new view.ModelFactoryService(new Host()).open(new Context());
assert.strictEqual(model.format, 'TensorFlow Lite v3');
assert.strictEqual(model.modules.length, 1);
const graph = model.modules[0];
const known = new Set(graph.inputs.flatMap((argument) => argument.value).map((value) => value.identifier));
let constants = 0;
for (const node of graph.nodes) {
    assert.ok(node.type.inputs?.length > 0, `${node.type.name}: Netron has no description of it`);
    for (const value of node.inputs.flatMap((argument) => argument.value)) {
        assert.ok(value.initializer || known.has(value.identifier), `${value.name}: read before it is made`);
        if (value.initializer) {
            const type = value.initializer.type;
            const count = type.shape.dimensions.reduce((product, n) => product * Number(n), 1);
            assert.strictEqual(value.initializer.values.length, count * bytes[type.dataType], value.name);
            constants += value.initializer.values.length;
        }
    }
    for (const value of node.outputs.flatMap((argument) => argument.value)) {
        assert.ok(value.name.split('\n')[0].length > 0, 'an output without a name');
        assert.ok(value.quantization.scale.length > 0, `${value.name}: no scale`);
        known.add(value.identifier);
    }
}
assert.ok(graph.nodes.length >= JSON.parse(fs.readFileSync(check)).operators);
for (const value of graph.outputs.flatMap((argument) => argument.value)) {
    assert.ok(known.has(value.identifier), `${value.name}: nothing makes the output`);
}
const attached = model.metadata.map((argument) => argument.name);
console.log(`${file}: ${graph.nodes.length} operators, ${constants} bytes of constants, ` +
    `name ${model.name ?? 'none'}, metadata ${attached.join(', ') || 'none'}`);
