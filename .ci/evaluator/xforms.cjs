// Turns XForms that others published into the tables of XLSForm, one folder each, so that feltbok can be asked to take them in. What the
// form says is copied, not mended: expressions keep their paths.
const fs = require('fs');
const path = require('path');
const { parse } = require('./page.cjs');

const kids = (node) => Array.from(node ? node.children : []);
const named = (node, name) => kids(node).filter((k) => k.localName === name);
const all = (node, name) => Array.from(node.getElementsByTagNameNS('*', name));
const attribute = (node, name) => {
    const found = Array.from(node ? node.attributes : []).find((a) => a.name === name || a.localName === name);
    return found ? found.value : '';
};
const last = (text) => text.replace(/\/+$/, '').split('/').pop();

const plain = { string: 'text', int: 'integer', integer: 'integer', decimal: 'decimal', double: 'decimal', date: 'date', time: 'time', dateTime: 'dateTime', datetime: 'dateTime', geopoint: 'geopoint', geotrace: 'geotrace', geoshape: 'geoshape', barcode: 'barcode', boolean: 'text', '': 'text' };

function convert(xml) {
    const doc = parse(xml);
    const model = all(doc, 'model')[0];
    const body = all(doc, 'body')[0];
    if (!model || !body) throw new Error('no form');
    const instances = named(model, 'instance');
    const root = kids(instances[0])[0];
    const binds = {};
    for (const bind of all(model, 'bind')) binds[attribute(bind, 'nodeset')] = bind;
    const texts = {};
    for (const translation of all(model, 'translation')) {
        for (const text of named(translation, 'text')) {
            const value = named(text, 'value').find((v) => !attribute(v, 'form'));
            (texts[attribute(text, 'id')] = texts[attribute(text, 'id')] || {})[attribute(translation, 'lang')] = value ? said(value) : '';
        }
    }
    const leaves = {};
    for (const node of Array.from(root.getElementsByTagName('*'))) leaves[node.localName] = (leaves[node.localName] || 0) + 1;
    function said(node) {
        let out = '';
        for (const part of Array.from(node.childNodes)) {
            if (part.localName === 'output') {
                const name = last(attribute(part, 'value') || attribute(part, 'ref'));
                out += leaves[name] === 1 ? `\${${name}}` : '…';
            } else out += part.textContent;
        }
        return out.trim();
    }
    const choices = [];
    const survey = [];
    // words gives the texts of a label or hint by language.
    function words(control, tag) {
        const label = named(control, tag)[0];
        if (!label) return {};
        const id = /jr:itext\('([^']*)'\)/.exec(attribute(label, 'ref'));
        const found = id ? texts[id[1]] || {} : { '': said(label) };
        return Object.fromEntries(Object.entries(found).map(([lang, text]) => [lang ? `${tag}::${lang}` : tag, text]));
    }
    for (const instance of instances.slice(1)) {
        const id = attribute(instance, 'id');
        for (const item of all(instance, 'item')) {
            const row = { list_name: id };
            for (const cell of kids(item)) {
                const text = cell.textContent.trim();
                if (cell.localName === 'itextId') for (const [lang, label] of Object.entries(texts[text] || {})) row[`label::${lang}`] = label;
                else row[cell.localName] = text;
            }
            choices.push(row);
        }
    }
    const controls = {};
    const repeats = {};
    const groups = {};
    (function walk(node) {
        for (const child of kids(node)) {
            const ref = attribute(child, 'ref') || attribute(child, 'nodeset') || (binds[attribute(child, 'bind')] && attribute(child, 'bind'));
            if (child.localName === 'repeat') repeats[ref] = child;
            else if (child.localName === 'group') { if (ref) groups[ref] = child; } else if (['input', 'select', 'select1', 'upload', 'trigger', 'range', 'rank'].includes(child.localName)) controls[ref] = controls[ref] || child;
            if (['group', 'repeat'].includes(child.localName)) walk(child);
        }
    }(body));
    function list(control, name) {
        const itemset = all(control, 'itemset')[0];
        if (itemset) {
            const nodeset = attribute(itemset, 'nodeset').replace(/^randomize\(([^]*?)(,[^,\]]*)?\)$/, '$1');
            const found = /^instance\('([^']+)'\)\/root\/item(?:\[([^]*)\])?$/.exec(nodeset.trim());
            return found ? { list: found[1], choice_filter: found[2] || '' } : { list: `\${${last(nodeset.replace(/\[[^]*/, ''))}}` };
        }
        for (const item of all(control, 'item')) {
            const value = named(item, 'value')[0];
            choices.push({ list_name: name, name: value ? value.textContent.trim() : '', ...words(item, 'label') });
        }
        return { list: name };
    }
    (function walk(node, at) {
        for (const child of kids(node)) {
            const here = `${at}/${child.nodeName}`;
            if (child.localName === 'meta' || attribute(child, 'template') === undefined) continue;
            const bind = binds[here];
            const control = controls[here];
            const row = { name: child.localName };
            for (const [column, name] of [['relevant', 'relevant'], ['required', 'required'], ['constraint', 'constraint'], ['calculation', 'calculate'], ['read_only', 'readonly']]) row[column] = attribute(bind, name);
            const message = attribute(bind, 'constraintMsg');
            const id = /jr:itext\('([^']*)'\)/.exec(message);
            if (id) for (const [lang, text] of Object.entries(texts[id[1]] || {})) row[`constraint_message::${lang}`] = text;
            else if (message) row.constraint_message = message;
            if (child.children.length > 0) {
                const repeat = repeats[here];
                const kind = repeat ? 'repeat' : 'group';
                if (repeat && survey.some((r) => r.at === here)) continue; // a further copy of the same rows
                survey.push({ ...row, at: here, type: `begin ${kind}`, repeat_count: attribute(repeat, 'count'), ...words(groups[here], 'label'), calculation: '', constraint: '' });
                walk(child, here);
                survey.push({ type: `end ${kind}` });
                continue;
            }
            if (survey.some((r) => r.at === here)) continue;
            row.at = here;
            row.default = child.textContent.trim();
            if (!control) {
                row.type = row.calculation ? 'calculate' : 'hidden';
                if (row.type === 'calculate') row.default = '';
            } else {
                Object.assign(row, words(control, 'label'), words(control, 'hint'), { appearance: attribute(control, 'appearance') });
                const type = attribute(bind, 'type').replace(/^xsd?:/, '');
                switch (control.localName) {
                case 'select': case 'select1': case 'rank': {
                    const { list: name, ...more } = list(control, here.replace(/^\//, '').replace(/\//g, '.').slice(-60));
                    Object.assign(row, more, { type: `${{ select: 'select_multiple', select1: 'select_one', rank: 'rank' }[control.localName]} ${name}` });
                    break;
                }
                case 'upload': row.type = attribute(control, 'mediatype').split('/')[0].replace('application', 'file'); break;
                case 'trigger': row.type = 'acknowledge'; break;
                case 'range': row.type = 'range'; row.parameters = ['start', 'end', 'step'].map((n) => `${n}=${attribute(control, n)}`).join(' '); break;
                default: row.type = plain[type] || type;
                    if (row.type === 'text' && /^true\(\)$/.test(row.read_only) && !row.calculation && !row.default) row.type = 'note';
                }
            }
            survey.push(row);
        }
    }(root, `/${root.nodeName}`));
    for (const row of survey) delete row.at;
    return { survey, choices, settings: [{ form_title: (all(doc, 'title')[0] || {}).textContent || '', form_id: attribute(root, 'id') || root.nodeName, version: attribute(root, 'version') }] };
}

const quote = (text) => (/[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
function csv(rows, first) {
    const columns = [...new Set([...first, ...rows.flatMap(Object.keys)])];
    return `${[columns, ...rows.map((row) => columns.map((c) => row[c] || ''))].map((line) => line.map(quote).join(',')).join('\n')}\n`;
}

const [, , out, packages] = process.argv;
for (const name of fs.readdirSync(packages).sort()) {
    const from = path.join(packages, name);
    (function walk(folder) {
        for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
            const file = path.join(folder, entry.name);
            const to = path.join(out, name, path.relative(from, file).replace(/[^A-Za-z0-9.]+/g, '-'));
            if (entry.isDirectory()) walk(file);
            else if (/\.xlsx$/.test(entry.name)) {
                fs.mkdirSync(path.dirname(to), { recursive: true });
                fs.copyFileSync(file, to);
            } else if (/\.xml$/.test(entry.name)) {
                let form;
                try {
                    form = convert(fs.readFileSync(file, 'utf8'));
                } catch { continue; } // no form
                fs.mkdirSync(to, { recursive: true });
                fs.writeFileSync(path.join(to, 'survey.csv'), csv(form.survey, ['type', 'name']));
                if (form.choices.length) fs.writeFileSync(path.join(to, 'choices.csv'), csv(form.choices, ['list_name', 'name']));
                fs.writeFileSync(path.join(to, 'settings.csv'), csv(form.settings, ['form_title']));
            }
        }
    }(from));
}
