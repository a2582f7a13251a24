/** Stands in for the debug output of winston itself, which brings a colour library along. */
const silent = () => undefined;

module.exports = () => silent;
