//! Directives: names, words and blocks, each with its place.

use super::source::Span;

/// A name or an argument, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// With its quotes.
    pub(super) span: Span,
}

/// `name args...;` or `name args... { ... }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    pub(super) name: Word,
    pub(super) args: Vec<Word>,
    /// `None` for a directive that ends with `;`.
    pub(super) block: Option<Vec<Self>>,
    /// From the name to the `;` or the `{`.
    pub(super) span: Span,
}

#[cfg(test)]
pub(super) mod print;
