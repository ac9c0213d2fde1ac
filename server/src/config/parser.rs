//! SRS's grammar, modelled on nginx's: `name args... ;` or `name args... { }`, and `include`.
//!
//! Parsing goes on behind an error as a reader would, so that one run reports everything. It reads no file itself.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::lexer::{Lexer, Token, WordError};
use super::report::{Finding, Report, Severity};
use super::source::Span;
use super::tree::{Directive, Word};

/// Blocks inside blocks, across includes; SRS's deepest key has five.
const MAX_DEPTH: usize = 32;
/// Includes inside includes.
const MAX_INCLUDE_DEPTH: usize = 8;
/// Files of one configuration, each as often as it is included.
const MAX_FILES: usize = 64;
/// Words that are not UTF-8 and are shown.
const MAX_UNREADABLE: usize = 10;
/// Bytes in one file.
const MAX_FILE_BYTES: usize = 1024 * 1024;

/// Reads an included file by the name in the directive, which is relative to the working directory.
pub type Include<'a> = dyn FnMut(&str) -> io::Result<Vec<u8>> + 'a;

/// Directives with every include in its place, and whether all braces matched: only then does nesting mean anything.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) directives: Vec<Directive>,
    pub(super) sound: bool,
}

/// Parses `bytes`, which came from the file `name`; what is wrong goes to `report`.
pub(super) fn parse(name: &str, bytes: &[u8], include: &mut Include<'_>, report: &mut Report) -> Tree {
    let mut parser =
        Parser { include, report, including: vec![normal(name)], files: 1, sound: true, unreadable: false };
    let directives = parser.file(name, bytes, 0);
    Tree { directives, sound: parser.sound }
}

struct Parser<'a, 'i> {
    include: &'a mut Include<'i>,
    report: &'a mut Report,
    /// The files that are being read: each was included by the one before.
    including: Vec<PathBuf>,
    files: usize,
    sound: bool,
    /// Whether there is a word that is not UTF-8. What comes behind it may be cut wrongly: in other encodings, bytes of a
    /// letter look like braces. So nothing but such words is reported from there on.
    unreadable: bool,
}

/// The blocks of one file that are open, outermost first.
struct Blocks {
    open: Vec<Open>,
    /// What has been read of the innermost of them, or of the file.
    current: Vec<Directive>,
    /// Blocks of the files that include this one.
    outside: usize,
}

struct Open {
    directive: Directive,
    brace: Span,
    before: Vec<Directive>,
}

impl Blocks {
    fn depth(&self) -> usize {
        self.outside + self.open.len()
    }

    fn open(&mut self, directive: Directive, brace: Span) {
        self.open.push(Open { directive, brace, before: std::mem::take(&mut self.current) });
    }

    /// `None` when no block is open.
    fn close(&mut self) -> Option<()> {
        let Open { mut directive, before, .. } = self.open.pop()?;
        directive.block = Some(std::mem::replace(&mut self.current, before));
        self.current.push(directive);
        Some(())
    }
}

impl Parser<'_, '_> {
    fn file(&mut self, name: &str, bytes: &[u8], outside: usize) -> Vec<Directive> {
        let Some((file, text, replaced)) = self.text(name, bytes) else { return Vec::new() };
        let is_replaced = |span: Span| {
            replaced.get(replaced.partition_point(|&at| at < span.start)).is_some_and(|&at| at < span.end)
        };
        let mut lexer = Lexer::new(file, &text);
        let mut blocks = Blocks { open: Vec::new(), current: Vec::new(), outside };
        let mut words = Vec::new();
        loop {
            let (span, token) = lexer.next(!words.is_empty());
            if is_replaced(span) && self.unreadable(name, span) {
                break;
            }
            match token {
                Ok(Token::Word(word)) => words.push(word),
                Ok(Token::LineEnd) => self.line_end(&mut lexer, &mut words, &mut blocks),
                Ok(Token::Semicolon) if words.is_empty() => {
                    self.error("unexpected ';'", span, "a directive must come before it");
                }
                Ok(Token::Semicolon) => self.end(std::mem::take(&mut words), span.end, &mut blocks),
                Ok(Token::Open) if !self.open(std::mem::take(&mut words), span, &mut blocks) => break,
                Ok(Token::Open) => {}
                Ok(Token::Close) => {
                    self.unfinished(&mut words, &mut blocks);
                    if blocks.close().is_none() {
                        self.sound = false;
                        self.error("unexpected '}'", span, "no block is open here");
                    }
                }
                Ok(Token::End) => {
                    self.unfinished(&mut words, &mut blocks);
                    break;
                }
                Err(error) => self.word_error(&error, span, &text, &mut words),
            }
        }
        self.unclosed(&mut blocks);
        blocks.current
    }

    /// Reports a word that is not UTF-8; true when that is often enough.
    fn unreadable(&mut self, name: &str, span: Span) -> bool {
        (self.sound, self.unreadable) = (false, true);
        let finding = Finding::error(format!("{name} is not UTF-8"))
            .at(span, "this cannot be read")
            .help("save the file as UTF-8, such as with: iconv -f GBK -t UTF-8 FILE; in comments, it does not matter");
        self.report.push(finding);
        self.report.count(Severity::Error) >= MAX_UNREADABLE
    }

    /// The text of a file, kept for the report, and where in it bytes were replaced that are not UTF-8.
    fn text(&mut self, name: &str, bytes: &[u8]) -> Option<(usize, Arc<str>, Vec<usize>)> {
        if bytes.len() > MAX_FILE_BYTES {
            let size = bytes.len();
            self.sound = false;
            self.report.push(Finding::error(format!(
                "{name} has {size} bytes, more than the {MAX_FILE_BYTES} of a configuration file"
            )));
            return None;
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let (mut text, mut replaced) = (String::with_capacity(bytes.len()), Vec::new());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                replaced.push(text.len());
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let text: Arc<str> = text.into();
        Some((self.report.sources.add(name, text.clone()), text, replaced))
    }

    fn line_end(&mut self, lexer: &mut Lexer<'_>, words: &mut Vec<Word>, blocks: &mut Blocks) {
        let Some(last) = words.last() else { return };
        if lexer.skip_to_block() {
            let message = format!("the '{{' of '{}' must be on the same line", words[0].text);
            self.error(message, last.span, "expected '{' after this");
        } else {
            self.unfinished(words, blocks);
        }
    }

    /// Ends a directive that nothing has ended.
    fn unfinished(&mut self, words: &mut Vec<Word>, blocks: &mut Blocks) {
        let Some(last) = words.last() else { return };
        let end = last.span.end;
        self.error(format!("missing ';' after '{}'?", last.text), last.span, "expected ';' after this");
        self.end(std::mem::take(words), end, blocks);
    }

    fn end(&mut self, words: Vec<Word>, end: usize, blocks: &mut Blocks) {
        let Some(directive) = directive(words, end) else { return };
        if directive.name.text == "include" {
            self.include_all(&directive, blocks);
        } else {
            blocks.current.push(directive);
        }
    }

    /// False when there is no use in reading on.
    fn open(&mut self, words: Vec<Word>, brace: Span, blocks: &mut Blocks) -> bool {
        let Some(directive) = directive(words, brace.end) else {
            self.sound = false;
            self.error("unexpected '{'", brace, "a block needs a name before it");
            return true;
        };
        if blocks.depth() == MAX_DEPTH {
            self.sound = false;
            let message = format!("more than {MAX_DEPTH} blocks inside each other");
            self.error(message, brace, "one too deep");
            blocks.open.clear();
            return false;
        }
        if directive.name.text == "include" {
            self.sound = false;
            self.error("include takes files, not a block", brace, "expected ';'");
        }
        blocks.open(directive, brace);
        true
    }

    fn unclosed(&mut self, blocks: &mut Blocks) {
        for open in &blocks.open {
            self.sound = false;
            let message = format!("the block of '{}' is not closed", open.directive.name.text);
            self.error(message, open.brace, "this '{' has no '}'");
        }
        while blocks.close().is_some() {}
    }

    fn include_all(&mut self, directive: &Directive, blocks: &mut Blocks) {
        if directive.args.is_empty() {
            self.error("include names no file", directive.span, "expected a file name");
        }
        for name in &directive.args {
            blocks.current.extend(self.include(name, blocks.depth()));
        }
    }

    fn include(&mut self, name: &Word, depth: usize) -> Vec<Directive> {
        if self.unreadable {
            return Vec::new();
        }
        let path = normal(&name.text);
        if self.including.contains(&path) {
            self.error(
                format!("{} includes itself", name.text),
                name.span,
                "this file is being read already",
            );
            return Vec::new();
        }
        if self.including.len() > MAX_INCLUDE_DEPTH {
            let message = format!("more than {MAX_INCLUDE_DEPTH} includes inside each other");
            self.error(message, name.span, "one too deep");
            return Vec::new();
        }
        if self.files == MAX_FILES {
            let message = format!("a configuration of more than {MAX_FILES} files");
            self.error(message, name.span, "one too many");
            return Vec::new();
        }
        self.files += 1;
        let bytes = match (self.include)(&name.text) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("cannot include {}: {error}", name.text);
                let help = "an include is relative to the directory that flvgate is started in";
                self.report.push(Finding::error(message).at(name.span, "included here").help(help));
                return Vec::new();
            }
        };
        self.including.push(path);
        let directives = self.file(&name.text, &bytes, depth);
        self.including.pop();
        directives
    }

    fn word_error(&mut self, error: &WordError, span: Span, text: &str, words: &mut Vec<Word>) {
        match error {
            WordError::UnclosedQuote => {
                let quote = &text[span.start..=span.start];
                let message = format!("this {quote} is not closed");
                self.error(message, Span { end: span.start + 1, ..span }, "the quoted word starts here");
                words.clear();
            }
            WordError::NoSpaceAfterQuote => {
                let found = &text[span.start..span.end];
                let label = "expected a space, ';' or '{' after the closing quote";
                self.error(format!("unexpected '{found}' after a quoted word"), span, label);
            }
        }
    }

    fn error(&mut self, message: impl Into<String>, span: Span, label: &str) {
        if self.unreadable {
            return;
        }
        self.report.push(Finding::error(message).at(span, label));
    }
}

/// `None` when there are no words.
fn directive(words: Vec<Word>, end: usize) -> Option<Directive> {
    let mut words = words.into_iter();
    let name = words.next()?;
    let span = Span { end, ..name.span };
    Some(Directive { name, args: words.collect(), block: None, span })
}

/// `./a.conf` and `a.conf` are one file.
fn normal(name: &str) -> PathBuf {
    Path::new(name).components().filter(|component| *component != Component::CurDir).collect()
}

#[cfg(test)]
mod tests;
