//! SRS's words: what separates them, what quotes them, where a comment starts.

use super::source::Span;
use super::tree::Word;

/// One step through the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Word),
    Semicolon,
    Open,
    Close,
    /// The end of a line, which ends nothing in the grammar: inside a directive it is an error.
    LineEnd,
    End,
}

/// What is wrong with a word. Lexing goes on behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WordError {
    /// No closing quote; the rest of the opening quote's line is skipped.
    UnclosedQuote,
    /// Something other than white space, `;` or `{` follows a closing quote.
    NoSpaceAfterQuote,
}

/// Cuts `text` into tokens.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    file: usize,
    at: usize,
    after_quote: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(file: usize, text: &'a str) -> Self {
        Self { text, file, at: 0, after_quote: false }
    }

    /// The next token and its place. `in_directive` says that its directive has words already: a quoted word may
    /// span lines only where it is the first.
    pub(super) fn next(&mut self, in_directive: bool) -> (Span, Result<Token, WordError>) {
        loop {
            let start = self.at;
            let Some(&byte) = self.text.as_bytes().get(start) else {
                return (self.span(start), Ok(Token::End));
            };
            if std::mem::take(&mut self.after_quote) && !ends_word(byte) {
                return (self.char_span(start), Err(WordError::NoSpaceAfterQuote));
            }
            let token = match byte {
                b' ' | b'\t' => {
                    self.at += 1;
                    continue;
                }
                b'#' => {
                    self.skip_until(is_line_end);
                    continue;
                }
                b'\n' | b'\r' => self.one(Token::LineEnd),
                b';' => self.one(Token::Semicolon),
                b'{' => self.one(Token::Open),
                b'}' => self.one(Token::Close),
                b'"' | b'\'' => match self.quoted(byte, in_directive) {
                    Ok(None) => continue,
                    Ok(Some(word)) => Token::Word(word),
                    Err(error) => return (self.span(start), Err(error)),
                },
                _ => {
                    self.skip_until(ends_word);
                    Token::Word(Word { text: self.text[start..self.at].to_owned(), span: self.span(start) })
                }
            };
            return (self.span(start), Ok(token));
        }
    }

    /// Goes to the `{` when nothing but white space is before it.
    pub(super) fn skip_to_block(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let white = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        let found = rest[white..].starts_with('{');
        if found {
            self.at += white;
        }
        found
    }

    /// A quoted word; `None` when it is empty, for the grammar drops empty words.
    fn quoted(&mut self, quote: u8, in_directive: bool) -> Result<Option<Word>, WordError> {
        let start = self.at;
        self.at += 1;
        self.skip_until(|byte| byte == quote || (in_directive && is_line_end(byte)));
        if self.text.as_bytes().get(self.at) != Some(&quote) {
            self.at = start;
            self.skip_until(is_line_end);
            return Err(WordError::UnclosedQuote);
        }
        let text = self.text[start + 1..self.at].to_owned();
        self.at += 1;
        self.after_quote = true;
        Ok((!text.is_empty()).then(|| Word { text, span: self.span(start) }))
    }

    fn one(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn skip_until(&mut self, stop: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|&byte| stop(byte)).unwrap_or(rest.len());
    }

    fn span(&self, start: usize) -> Span {
        Span { file: self.file, start, end: self.at }
    }

    fn char_span(&self, start: usize) -> Span {
        let length = self.text[start..].chars().next().map_or(0, char::len_utf8);
        Span { file: self.file, start, end: start + length }
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// A `}`, a quote or a `#` inside a word is part of it.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'{')
}
