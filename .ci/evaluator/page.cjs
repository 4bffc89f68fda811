// What a browser would give the engine: documents, and XPath 1.0 for paths.
const { JSDOM } = require('jsdom');

const { window } = new JSDOM('<nothing/>', { contentType: 'application/xml' });
for (const name of ['DOMParser', 'XMLSerializer', 'XPathResult', 'XPathEvaluator', 'Node']) {
    globalThis[name] = window[name];
}
const openrosa = require('openrosa-xpath-evaluator');

exports.parse = (xml) => new DOMParser().parseFromString(xml, 'application/xml');
exports.engine = openrosa;

// texts gives the texts of what a path names, as XPath 1.0 has it, or nothing when it names no nodes.
exports.texts = (doc, path, node) => {
    const found = doc.evaluate(path, node, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({ length: found.snapshotLength }, (_, i) => found.snapshotItem(i).textContent);
};
