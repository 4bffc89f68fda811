// Asks the independent engine the questions of feltbok's own table, and writes what it says.
const fs = require('fs');
const path = require('path');
const { parse, engine } = require('./page.cjs');

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const text = (value) => {
    if (value === null || value === undefined) return '';
    if (typeof value === 'object') return value.date || value.time || '';
    return String(value);
};
const asked = [];
for (const name of fs.readdirSync(process.argv[2]).sort()) {
    for (const c of JSON.parse(fs.readFileSync(path.join(process.argv[2], name), 'utf8'))) {
        let xml = '';
        for (const [key, value] of Object.entries(c.context || {})) {
            if (/#/.test(key)) continue;
            const nodes = Array.isArray(value) ? value : [value];
            for (const node of nodes) if (node !== null) xml += `<${key}>${escape(text(node))}</${key}>`;
        }
        const rows = '<row/>'.repeat(Math.max((c.position || 1) - 1, 0));
        const doc = parse(`<d>${xml}${rows}<row><self>${escape(text(c.self))}</self></row></d>`);
        const self = doc.getElementsByTagName('self')[0];
        const expression = c.expression.replace(/\$\{\s*([^}]+?)\s*\}/g, '/d/$1');
        const said = { file: name, expression: c.expression, expected: c.expected };
        try {
            said.result = engine().evaluate(expression, self, null, XPathResult.STRING_TYPE).stringValue;
        } catch (err) {
            said.error = String(err.message || err).split('\n')[0].slice(0, 120);
        }
        asked.push(said);
    }
}
fs.writeFileSync(process.argv[3], JSON.stringify(asked, null, 1));
