/** For what rhea imports and polymq does not let it use: `fs`, `net`, `os`, `path` and `tls`. */
module.exports = {}
