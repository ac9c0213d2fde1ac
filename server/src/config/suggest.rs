//! The name that was probably meant.

/// The one of `names` that `written` is a slip of; `None` when none is near.
pub(super) fn nearest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = 1 + written.chars().count() / 4;
    names
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        let names = ["listen", "gop_cache", "gop_cache_max_frames"];
        for (written, meant) in [("lisen", "listen"), ("gop_cach", "gop_cache"), ("gpo_cache", "gop_cache")] {
            assert_eq!(nearest(written, names.into_iter()), Some(meant));
        }
        assert_eq!(nearest("transcode", names.into_iter()), None);
    }
}
