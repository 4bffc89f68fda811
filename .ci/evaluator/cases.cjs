// Writes the engine's own specification cases as JSON: expression, kind of result, expected value, and the texts of the nodes that paths
// name. The specification files of the package run as they are; only what they assert with is replaced, by what writes the case down.
const fs = require('fs');
const path = require('path');
const Module = require('module');
const { parse, texts } = require('./page.cjs');

const root = path.join(path.dirname(require.resolve('openrosa-xpath-evaluator/package.json')), 'test', 'integration');
const cases = [];
let file = '';
let doc = parse('<simple><xpath><to><node/></to></xpath><empty/></simple>');

const literal = /^(?:'[^']*'|"[^"]*")/;
const step = /^(?:\.\.|\.|\*|@?[A-Za-z_][\w-]*(?:::|:)?(?:\*|[A-Za-z_][\w.-]*)?(?:\(\))?)/;

// pathAt measures a path that begins at a place where a value is expected: steps, brackets and id('…').
function pathAt(text) {
    let at = 0;
    const id = /^id\('[^']*'\)/.exec(text);
    if (id) at = id[0].length;
    else if (/^\/\/?/.test(text)) at = /^\/\/?/.exec(text)[0].length;
    let steps = id ? 1 : 0;
    for (;;) {
        if (!(id && steps === 1 && at === id[0].length)) {
            const found = step.exec(text.slice(at));
            if (!found || (/^[\w-]+$/.test(found[0]) && /^\s*\(/.test(text.slice(at + found[0].length)))) break;
            at += found[0].length;
            steps += 1;
        }
        while (text[at] === '[') {
            let depth = 0;
            do {
                const quoted = literal.exec(text.slice(at));
                if (quoted) { at += quoted[0].length; continue; }
                if (text[at] === '[') depth += 1;
                if (text[at] === ']') depth -= 1;
                at += 1;
            } while (depth > 0 && at < text.length);
        }
        const slash = /^\/\/?/.exec(text.slice(at));
        if (!slash) break;
        at += slash[0].length;
    }
    return steps > 0 ? at : 0;
}

// note writes one case down. Paths become references, with the texts of what they name; "." alone stays.
function note(kind, expression, expected, node, digits) {
    const text = String(expression);
    const names = {};
    let lost = '';
    let out = '';
    let operand = false;
    for (let at = 0; at < text.length;) {
        const rest = text.slice(at);
        const quoted = literal.exec(rest);
        const word = /^(?:\d+(?:\.\d*)?|\.\d+)/.exec(rest);
        const size = operand || quoted || word ? 0 : pathAt(rest);
        const operator = operand && /^(?:and|or|div|mod)/.exec(rest);
        let part = rest[0];
        if (quoted || word) part = (quoted || word)[0];
        else if (operator) part = operator[0];
        else if (size > 0) part = rest.slice(0, size);
        else if (/^[A-Za-z]/.test(rest)) part = /^[\w.:-]+/.exec(rest)[0];
        at += part.length;
        if (size > 0 && part !== '.' && part !== '..') {
            try {
                const name = `p${Object.keys(names).length + 1}`;
                names[name] = texts(doc, part, node || doc);
                part = `\${${name}}`;
            } catch (err) {
                lost = part;
            }
        }
        out += part;
        if (!/^\s$/.test(part)) operand = !operator && (size > 0 || Boolean(quoted || word) || part === ')');
    }
    cases.push({ file, kind, expression: out, context: names, self: node ? node.textContent : null,
        expected: kind === 'throw' ? '' : String(expected), digits: digits || 0, lost });
}

const simple = (text) => { doc = parse(`<simple><xpath><to><node>${text}</node></to></xpath><empty/></simple>`); };
// The helpers take (node, text, expression, expected), the first two of which may be missing.
const four = (kind) => (...args) => {
    const [node, text, expression, expected] = [...Array(4 - args.length).fill(null), ...args];
    if (text !== null && text !== undefined && args.length > 2) simple(text);
    note(kind, expression, expected, node && node.nodeType ? node : null);
};
const truth = (value) => (...args) => four('boolean')(...args, value);

const helpers = {
    initDoc(xml) {
        doc = parse(xml);
        doc.xEval = () => { throw new Error('asked directly'); };
        return doc;
    },
    nsResolver: null, simpleValueIs: simple, assert: require('chai').assert,
    assertThrow: (expression) => note('throw', expression, '', null),
    assertNumberValue: four('number'), assertNumber: four('number'),
    assertNumberRounded: (expression, expected, factor, node) => note('number', expression, expected, node, Math.round(Math.log10(factor))),
    assertString: four('string'), assertStringValue: four('string'),
    assertStringLength: four('length'),
    assertTrue: truth(true), assertFalse: truth(false),
    assertBoolean: (...args) => four('boolean')(...args),
};
for (const silent of ['assertMatch', 'assertNodes', 'assertUnorderedNodes', 'filterAttributes', 'getNextChildElementNode', 'getAllNodes', 'snapshotToArray', 'setAttribute']) {
    helpers[silent] = () => [];
}

const load = Module._load;
Module._load = function (request, ...rest) {
    if (/(^|\/)helpers$/.test(request)) return helpers;
    return load.call(this, request, ...rest);
};
let broken = 0;
const run = (_, body) => {
    try {
        if (body) body.call({ timeout() {} });
    } catch {
        broken += 1; // a test that looks at the document or the engine directly
    }
};
globalThis.describe = (_, body) => body.call({ timeout() {} });
globalThis.describe.skip = () => {};
globalThis.it = (name, body) => { simple(''); run(name, body); };
globalThis.it.skip = () => {};
globalThis.before = globalThis.beforeEach = (body) => run('', body);
globalThis.after = globalThis.afterEach = () => {};

const files = [];
const walk = (folder) => fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).forEach((entry) => {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) walk(name);
    else if (name.endsWith('.spec.js')) files.push(name);
});
walk(root);
for (const name of files) {
    file = path.relative(root, name);
    try {
        require(name);
    } catch {
        broken += 1;
    }
}
fs.writeFileSync(process.argv[2], JSON.stringify({ files: files.length, broken, cases }, null, 1));
