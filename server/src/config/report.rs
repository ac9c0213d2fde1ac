//! What is wrong with a configuration, where, and what would be right.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::source::{Sources, Span};

/// Findings kept of one configuration: a broken file of a thousand lines is not a thousand lessons.
const MAX_FINDINGS: usize = 100;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works as asked, but the operator may want to know.
    Note,
    /// A part of the configuration has no effect.
    Warning,
    /// Nothing starts with this configuration.
    Error,
}

/// Everything found in one configuration, with the text it was found in.
#[derive(Debug, Default)]
pub struct Report {
    pub(super) sources: Sources,
    findings: Vec<Finding>,
    /// Findings past [`MAX_FINDINGS`].
    more: usize,
    worst: Option<Severity>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    severity: Severity,
    message: String,
    at: Option<(Span, String)>,
    /// A second place that explains the first.
    because: Option<(Span, String)>,
    help: Option<String>,
}

impl Finding {
    pub(super) fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self { severity, message: message.into(), at: None, because: None, help: None }
    }

    pub(super) fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    pub(super) fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.at = Some((span, label.into()));
        self
    }

    pub(super) fn because(mut self, span: Span, label: impl Into<String>) -> Self {
        self.because = Some((span, label.into()));
        self
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl Report {
    /// Whether nothing can start with this configuration.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.worst == Some(Severity::Error)
    }

    /// How many findings there are of `severity`, of those that are shown.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Every finding as a block of lines: the message, the place, the line with a caret, and what would be right.
    ///
    /// `colour` is for terminals.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for finding in self.in_order() {
            let _ = writeln!(text, "{}\n", renderer.render(&[self.group(finding)]));
        }
        if self.more > 0 {
            let _ = writeln!(text, "... and {} more\n", self.more);
        }
        text
    }

    /// Every finding of `severity` as one line, `message (FILE:LINE)`, for the log.
    pub fn lines(&self, severity: Severity) -> impl Iterator<Item = String> {
        self.findings.iter().filter(move |finding| finding.severity == severity).map(|finding| match &finding
            .at
        {
            Some((span, _)) => format!("{} ({})", finding.message, self.sources.place(*span)),
            None => finding.message.clone(),
        })
    }

    pub(super) fn has(&self, finding: &Finding) -> bool {
        self.findings.contains(finding)
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.worst = self.worst.max(Some(finding.severity));
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// As they are in the files; those without a place at the end.
    fn in_order(&self) -> Vec<&Finding> {
        let mut findings: Vec<_> = self.findings.iter().collect();
        findings.sort_by_key(|finding| match finding.at {
            Some((span, _)) => (false, span.file, span.start),
            None => (true, 0, 0),
        });
        findings
    }

    fn group<'a>(&'a self, finding: &'a Finding) -> Group<'a> {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let mut group = level.primary_title(&finding.message).elements(self.snippets(finding));
        if let Some(help) = &finding.help {
            group = group.element(Level::HELP.message(help));
        }
        group
    }

    fn snippets<'a>(&'a self, finding: &'a Finding) -> Vec<Snippet<'a, annotate_snippets::Annotation<'a>>> {
        let Some((span, label)) = &finding.at else { return Vec::new() };
        match &finding.because {
            None => vec![self.snippet(&[(AnnotationKind::Primary, *span, label)])],
            Some((other, why)) if other.file == span.file => {
                let both = [(AnnotationKind::Primary, *span, label), (AnnotationKind::Context, *other, why)];
                vec![self.snippet(&both)]
            }
            Some((other, why)) => vec![
                self.snippet(&[(AnnotationKind::Primary, *span, label)]),
                self.snippet(&[(AnnotationKind::Context, *other, why)]),
            ],
        }
    }

    /// Only the lines in question are handed to the renderer, which reads all that it gets.
    fn snippet<'a>(
        &'a self,
        marks: &[(AnnotationKind, Span, &'a String)],
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let source = self.sources.source(marks[0].1);
        let start = marks.iter().map(|(_, span, _)| span.start).min().unwrap_or(0);
        let end = marks.iter().map(|(_, span, _)| span.end).max().unwrap_or(0);
        let (first, text) = source.lines(start, end);
        let annotations = marks.iter().map(|(kind, span, label)| {
            let annotation = kind.span(span.start - first..span.end - first);
            if label.is_empty() { annotation } else { annotation.label(label.as_str()) }
        });
        Snippet::source(text)
            .line_start(source.line(first))
            .path(source.name.as_str())
            .annotations(annotations.collect::<Vec<_>>())
    }
}
