//! Values as an operator writes them.

use super::*;

#[test]
fn a_switch_is_on_or_off_and_nothing_else() {
    assert_eq!(switch("on"), Ok(true));
    assert_eq!(switch("off"), Ok(false));
    for (text, help) in
        [("yes", Some("'on'")), ("False", Some("'off'")), ("ON", Some("'on'")), ("maybe", None)]
    {
        let refusal = switch(text).unwrap_err();
        assert_eq!(refusal.help.is_some(), help.is_some(), "{text}");
        assert!(refusal.help.unwrap_or_default().contains(help.unwrap_or_default()), "{text}");
    }
}

#[test]
fn a_count_is_digits_within_its_range() {
    assert_eq!(count("1", &(1..=9)), Ok(1));
    assert_eq!(count("009", &(1..=9)), Ok(9));
    for text in ["0", "10", "99999999999999999999", "", "+1", "-1", "1k", "1.0", "0x1", "١"] {
        assert!(count(text, &(1..=9)).is_err(), "{text}");
    }
}

#[test]
fn a_time_is_in_the_unit_of_its_key() {
    let ms = |text| time(text, Unit::Milliseconds, &(0..=10_000)).ok();
    let s = |text| time(text, Unit::Seconds, &(0..=10)).ok();
    assert_eq!(ms("350"), Some(Duration::from_millis(350)));
    assert_eq!(s("2.5"), Some(Duration::from_millis(2500)));
    assert_eq!(s("10"), Some(Duration::from_secs(10)));
    for text in ["", "5s", "-1", "1e3", "inf", "nan", ".5", "5.", "5.x", "10001", "99999999999999999999999"] {
        assert_eq!((ms(text), s(text)), (None, None), "{text}");
    }
    assert_eq!(ms("1.5"), None);
    assert_eq!(s("10.1"), None);
}

#[test]
fn an_endpoint_is_a_port_with_or_without_an_address() {
    for (text, address) in [
        ("1935", "0.0.0.0:1935"),
        ("0", "0.0.0.0:0"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("[::]:1935", "[::]:1935"),
        ("[fe80::1]:1", "[fe80::1]:1"),
    ] {
        assert_eq!(endpoint(text), Ok(address.parse().unwrap()), "{text}");
    }
    for text in
        ["", ":", "65536", "-1", "127.0.0.1", "127.0.0.1:", "localhost:80", "::1", "::1:80", "1.2.3.4:99999"]
    {
        assert!(endpoint(text).is_err(), "{text}");
    }
}

#[test]
fn a_choice_names_the_near_word() {
    assert_eq!(choice("b", ["a", "b"].into_iter()), Ok(1));
    let refusal = choice("consol", ["console", "file"].into_iter()).unwrap_err();
    assert_eq!(refusal.message, "'consol' is none of 'console', 'file'");
    assert_eq!(refusal.help.as_deref(), Some("did you mean 'console'?"));
}
