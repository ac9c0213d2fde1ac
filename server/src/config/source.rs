//! Configuration text with its places: which file, which bytes.

use std::sync::Arc;

/// A range of bytes in one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) file: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Every file that was read, in order: the named one, then what it includes.
#[derive(Debug, Default)]
pub(super) struct Sources(Vec<Source>);

#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

impl Sources {
    /// Keeps `text`; the number names it in a [`Span`].
    pub(super) fn add(&mut self, name: &str, text: Arc<str>) -> usize {
        self.0.push(Source { name: name.to_owned(), text });
        self.0.len() - 1
    }

    pub(super) fn source(&self, span: Span) -> &Source {
        &self.0[span.file]
    }

    /// `FILE:LINE` of where `span` starts.
    pub(super) fn place(&self, span: Span) -> String {
        let source = self.source(span);
        format!("{}:{}", source.name, source.line(span.start))
    }
}

impl Source {
    /// The line that has byte `at`, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count()
    }

    /// The whole lines that bytes `start` to `end` touch: where they begin, and their text.
    pub(super) fn lines(&self, start: usize, end: usize) -> (usize, &str) {
        let bytes = self.text.as_bytes();
        let first = bytes[..start].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let last = bytes[end..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| end + at);
        (first, &self.text[first..last])
    }
}
