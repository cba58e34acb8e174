/** For `util`: rhea derives its errors and nothing else. */
module.exports = {
  inherits(child, parent) {
    Object.setPrototypeOf(child.prototype, parent.prototype)
  },
}
