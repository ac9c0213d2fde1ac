//! The grammar's edges, and that nothing breaks it.

use std::io;

use proptest::prelude::*;

use super::*;
use crate::config::report::Severity;
use crate::config::tree::print::print;

/// The words of every directive, and the findings as lines. `files` are what includes may name.
fn parsed(text: &str, files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut report = Report::default();
    let mut include = |name: &str| match files.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok(text.as_bytes().to_vec()),
        None => Err(io::ErrorKind::NotFound.into()),
    };
    let tree = parse("test.conf", text.as_bytes(), &mut include, &mut report);
    let mut lines = Vec::new();
    list(&tree.directives, &mut lines);
    (lines, report.lines(Severity::Error).collect())
}

/// `name|arg|arg;`, or with ` {` and a `}` line for a block.
fn list(directives: &[Directive], lines: &mut Vec<String>) {
    for directive in directives {
        let words: Vec<_> =
            [&directive.name].into_iter().chain(&directive.args).map(|word| &*word.text).collect();
        match &directive.block {
            None => lines.push(format!("{};", words.join("|"))),
            Some(block) => {
                lines.push(format!("{} {{", words.join("|")));
                list(block, lines);
                lines.push("}".to_owned());
            }
        }
    }
}

#[track_caller]
fn reads(text: &str, expected: &[&str]) {
    let (lines, errors) = parsed(text, &[]);
    assert_eq!(errors, [""; 0], "{text}");
    assert_eq!(lines, expected, "{text}");
}

#[track_caller]
fn fails(text: &str, expected: &[&str]) {
    assert_eq!(parsed(text, &[]).1, expected, "{text}");
}

#[test]
fn words_end_at_white_space_semicolon_and_brace_only() {
    reads("a b;c{d e f;}", &["a|b;", "c {", "d|e|f;", "}"]);
    reads("\ta  \t b ;\r\n c{}", &["a|b;", "c {", "}"]);
    reads("a b}c 'd'\t;", &["a|b}c|d;"]);
    reads("a b\"c d'e;", &["a|b\"c|d'e;"]);
}

#[test]
fn a_hash_starts_a_comment_only_where_a_word_could_start() {
    reads("a#b c#;#d e;\nf;", &["a#b|c#;", "f;"]);
    reads("# all\ra b;", &["a|b;"]);
    reads("a {# x\nb;}# y", &["a {", "b;", "}"]);
}

#[test]
fn quoted_words_have_no_escapes_and_keep_everything_but_their_quote() {
    reads(r#"a "b;{}# c" 'd"e' "f\";"#, &[r#"a|b;{}# c|d"e|f\;"#]);
    reads("'two\nlines' x;", &["two\nlines|x;"]);
    reads("a\"b\" c;", &["a\"b\"|c;"]);
}

#[test]
fn empty_words_are_dropped() {
    reads("a '' \"\" b;", &["a|b;"]);
    reads("''\na;", &["a;"]);
    fails("'' ;", &["unexpected ';' (test.conf:1)"]);
}

#[test]
fn a_byte_order_mark_is_no_word() {
    reads("\u{feff}listen 1935;", &["listen|1935;"]);
}

#[test]
fn a_line_end_in_a_directive_is_a_missing_semicolon_and_the_rest_is_read() {
    let (lines, errors) = parsed("a b\nc d; # e\nf {\n g h\n}\ni 'j\nk l", &[]);
    assert_eq!(lines, ["a|b;", "c|d;", "f {", "g|h;", "}", "k|l;"]);
    assert_eq!(
        errors,
        [
            "missing ';' after 'b'? (test.conf:1)",
            "missing ';' after 'h'? (test.conf:4)",
            "this ' is not closed (test.conf:6)",
            "missing ';' after 'l'? (test.conf:7)",
        ]
    );
    fails("a # b\n;", &["missing ';' after 'a'? (test.conf:1)", "unexpected ';' (test.conf:2)"]);
}

#[test]
fn a_brace_on_the_next_line_is_told_so() {
    let (lines, errors) = parsed("a b\n\n{ c; }", &[]);
    assert_eq!(lines, ["a|b {", "c;", "}"]);
    assert_eq!(errors, ["the '{' of 'a' must be on the same line (test.conf:1)"]);
}

#[test]
fn braces_without_a_partner_are_named_where_they_are() {
    fails("a {\n b;\n", &["the block of 'a' is not closed (test.conf:1)"]);
    fails("a;\n}\nb;", &["unexpected '}' (test.conf:2)"]);
    fails("a;\n{ b; }", &["unexpected '{' (test.conf:2)", "unexpected '}' (test.conf:2)"]);
    fails("a { b }", &["missing ';' after 'b'? (test.conf:1)"]);
}

#[test]
fn a_word_right_behind_a_quote_is_an_error() {
    fails("a 'b'c;", &["unexpected 'c' after a quoted word (test.conf:1)"]);
    fails("a 'b'é;", &["unexpected 'é' after a quoted word (test.conf:1)"]);
    fails(
        "a 'b'#c\n;",
        &[
            "unexpected '#' after a quoted word (test.conf:1)",
            "missing ';' after 'b'? (test.conf:1)",
            "unexpected ';' (test.conf:2)",
        ],
    );
}

#[test]
fn includes_are_read_in_their_place() {
    let files = [("x.conf", "b; include y.conf;"), ("y.conf", "c { d; }")];
    let (lines, errors) =
        parsed("a { include x.conf './y.conf'; } e;", &[files[0], files[1], ("./y.conf", "z;")]);
    assert_eq!(errors, [""; 0]);
    assert_eq!(lines, ["a {", "b;", "c {", "d;", "}", "z;", "}", "e;"]);
}

#[test]
fn includes_that_cannot_be_read_are_errors_at_the_directive() {
    let circle = [("x.conf", "include ./x.conf;"), ("y.conf", "}")];
    let error = |text: &str| parsed(text, &circle).1;
    assert_eq!(error("include x.conf;"), ["./x.conf includes itself (x.conf:1)"]);
    assert_eq!(error("include ./test.conf;"), ["./test.conf includes itself (test.conf:1)"]);
    assert_eq!(error("a {\ninclude y.conf;\n}"), ["unexpected '}' (y.conf:1)"]);
    assert_eq!(error("a;\ninclude none.conf;"), ["cannot include none.conf: entity not found (test.conf:2)"]);
    assert_eq!(error("include;"), ["include names no file (test.conf:1)"]);
    assert_eq!(error("include x.conf {}").first().unwrap(), "include takes files, not a block (test.conf:1)");
}

#[test]
fn depth_files_and_sizes_are_bounded() {
    let deep = "a {".repeat(MAX_DEPTH + 1) + &"}".repeat(MAX_DEPTH + 1);
    fails(&deep, &["more than 32 blocks inside each other (test.conf:1)"]);
    reads(
        &("a {".repeat(MAX_DEPTH) + &"}".repeat(MAX_DEPTH)),
        &["a {"; MAX_DEPTH].into_iter().chain(["}"; MAX_DEPTH]).collect::<Vec<_>>(),
    );

    let many = "include x.conf;\n".repeat(MAX_FILES);
    assert_eq!(parsed(&many, &[("x.conf", "")]).1, ["a configuration of more than 64 files (test.conf:64)"]);

    let names: Vec<String> = (0..=MAX_INCLUDE_DEPTH + 1).map(|at| at.to_string()).collect();
    let texts: Vec<String> = (1..=MAX_INCLUDE_DEPTH + 2).map(|at| format!("include {at};")).collect();
    let chain: Vec<(&str, &str)> =
        names.iter().map(|name| &**name).zip(texts.iter().map(|text| &**text)).collect();
    assert_eq!(parsed("include 0;", &chain).1, ["more than 8 includes inside each other (7:1)"]);

    let large = " ".repeat(MAX_FILE_BYTES + 1);
    assert_eq!(
        parsed(&large, &[]).1,
        ["test.conf has 1048577 bytes, more than the 1048576 of a configuration file"]
    );
}

/// The errors of `bytes`, and the names of the directives.
fn of_bytes(bytes: &[u8]) -> (Vec<String>, Vec<String>, bool) {
    let mut report = Report::default();
    let tree = parse("test.conf", bytes, &mut |_| Ok(Vec::new()), &mut report);
    let names = tree.directives.iter().map(|directive| directive.name.text.clone()).collect();
    (report.lines(Severity::Error).collect(), names, tree.sound)
}

/// Letters in GBK. The second byte of the last one is that of `{`, of the one before that of `}`.
const GBK: &[u8] = b"\xd6\xd0\xce\xc4 \x81\x7d\x81\x7b";

#[test]
fn a_comment_in_another_encoding_does_not_matter() {
    let text = [b"# ", GBK, b"\na; # ", GBK, b"\nb { # ", GBK, b"\n} # ", GBK, b"\nc;\n# ", GBK].concat();
    assert_eq!(of_bytes(&text), (vec![], vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], true));
}

#[test]
fn words_in_another_encoding_are_named_by_their_lines_and_nothing_else_is_said() {
    assert_eq!(of_bytes(b"a;\nb \xff;").0, ["test.conf is not UTF-8 (test.conf:2)"]);
    for word in [GBK, &[b"\"", GBK, b"\""].concat()] {
        let text =
            [b"a;\nvhost ", word, b" {\n  b ", word, b";\n}\n} c;\n# ", GBK, b"\nd ", word, b";\n"].concat();
        let (errors, _, sound) = of_bytes(&text);
        let mut lines: Vec<_> = errors.iter().map(|error| error.rsplit_once(':').unwrap().1).collect();
        lines.dedup();
        assert!(errors.iter().all(|error| error.starts_with("test.conf is not UTF-8 (")), "{errors:?}");
        assert_eq!(lines, ["2)", "3)", "7)"], "{errors:?}");
        assert!(!sound, "what it means is not asked");
    }
    // A word like any other is no sign of it.
    assert!(of_bytes("a \u{fffd};".as_bytes()).0.is_empty());
}

#[test]
fn a_file_of_another_encoding_is_not_shown_whole() {
    assert_eq!(of_bytes(&[GBK, b";\n"].concat().repeat(1000)).0.len(), MAX_UNREADABLE);
}

/// A word as the grammar can hold it: never both kinds of quotes, and lines only in names.
fn word(name: bool) -> BoxedStrategy<String> {
    let quoted = if name {
        prop_oneof!["[ \t;{}#'a-z\n\r]{1,12}", "[ \t;{}#\"a-z\n\r]{1,12}"]
    } else {
        prop_oneof!["[ \t;{}#'a-z]{1,12}", "[ \t;{}#\"a-z]{1,12}"]
    };
    prop_oneof!["[a-z_]{1,8}", "[a-zA-Z0-9#}:./\\[\\]é\"']{1,12}", quoted]
        .prop_filter("one kind of quote is left to quote with", |word| {
            !(word.contains('"') && word.contains('\'')) && word != "include"
        })
        .boxed()
}

fn directives() -> impl Strategy<Value = Vec<Directive>> {
    let made = |text: String| Word { text, span: Span { file: 0, start: 0, end: 0 } };
    let plain =
        (word(true), prop::collection::vec(word(false), 0..4)).prop_map(move |(name, args)| Directive {
            name: made(name),
            args: args.into_iter().map(made).collect(),
            block: None,
            span: Span { file: 0, start: 0, end: 0 },
        });
    let tree = plain.prop_recursive(4, 32, 6, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..6))
            .prop_map(|(directive, block)| Directive { block: Some(block), ..directive })
    });
    prop::collection::vec(tree, 0..6)
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(directives in directives()) {
        let text = print(&directives);
        let mut expected = Vec::new();
        list(&directives, &mut expected);
        let (lines, errors) = parsed(&text, &[]);
        prop_assert_eq!(errors, Vec::<String>::new());
        prop_assert_eq!(lines, expected);
    }

    #[test]
    fn no_text_breaks_the_parser_or_the_report(text in "([a-z;{}#'\" \n\r\té]|include |x.conf|y.conf){0,60}") {
        let files = [("x.conf", "a { include y.conf; }"), ("y.conf", text.as_str())];
        let mut report = Report::default();
        let mut include = |name: &str| {
            let found = files.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        parse("test.conf", text.as_bytes(), &mut include, &mut report);
        let _ = report.render(false);
    }

    #[test]
    fn no_bytes_break_the_parser_or_the_report(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut report = Report::default();
        parse("test.conf", &bytes, &mut |_| Err(io::ErrorKind::NotFound.into()), &mut report);
        let _ = report.render(false);
    }
}
