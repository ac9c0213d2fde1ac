//! Where in a feed a new viewer starts: the newest keyframe, while its GOP is small enough to be sent at once.

/// Bounds of the cached GOP.
#[derive(Clone, Copy, Debug)]
pub(super) struct GopLimits {
    /// Whether GOPs are cached at all.
    pub(super) enabled: bool,
    /// Audio and video tags.
    pub(super) frames: usize,
    /// Bytes.
    pub(super) bytes: usize,
}

/// The newest GOP: a place in the feed, not a copy of it.
#[derive(Debug)]
pub(super) struct GopCache {
    limits: GopLimits,
    gop: Option<Gop>,
}

#[derive(Clone, Copy, Debug)]
struct Gop {
    start: u64,
    frames: usize,
    bytes: usize,
}

impl GopCache {
    pub(super) const fn new(limits: GopLimits) -> Self {
        Self { limits, gop: None }
    }

    /// The feed has a new parcel at `position`.
    pub(super) fn push(&mut self, position: u64, random_access: bool, bytes: usize) {
        if random_access && self.limits.enabled {
            self.gop = Some(Gop { start: position, frames: 0, bytes: 0 });
        }
        if let Some(gop) = &mut self.gop {
            gop.frames += 1;
            gop.bytes += bytes;
            if gop.frames > self.limits.frames || gop.bytes > self.limits.bytes {
                self.gop = None;
            }
        }
    }

    /// Other bounds, from now on. A GOP that is over them is no longer cached.
    pub(super) fn set_limits(&mut self, limits: GopLimits) {
        self.limits = limits;
        let fits = |gop: &Gop| limits.enabled && gop.frames <= limits.frames && gop.bytes <= limits.bytes;
        self.gop = self.gop.filter(fits);
    }

    /// Forgets the GOP: nothing that comes can be decoded from it.
    pub(super) const fn clear(&mut self) {
        self.gop = None;
    }

    /// The position of the keyframe that a new viewer starts at.
    pub(super) fn start(&self) -> Option<u64> {
        self.gop.map(|gop| gop.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: GopLimits = GopLimits { enabled: true, frames: 3, bytes: 100 };

    #[test]
    fn the_newest_keyframe_is_the_start() {
        let mut cache = GopCache::new(LIMITS);
        cache.push(0, false, 1);
        assert_eq!(cache.start(), None);
        cache.push(1, true, 1);
        cache.push(2, false, 1);
        assert_eq!(cache.start(), Some(1));
        cache.push(3, true, 1);
        assert_eq!(cache.start(), Some(3));
    }

    #[test]
    fn a_gop_over_its_bounds_is_not_cached_until_the_next_keyframe() {
        for bytes in [1, 60] {
            let mut cache = GopCache::new(LIMITS);
            cache.push(0, true, bytes);
            for position in 1..4 {
                cache.push(position, false, bytes);
            }
            assert_eq!(cache.start(), None);
            cache.push(9, true, bytes);
            assert_eq!(cache.start(), Some(9));
        }
    }

    #[test]
    fn a_cached_gop_goes_when_it_is_over_new_bounds() {
        for (limits, start) in [
            (LIMITS, Some(0)),
            (GopLimits { enabled: false, ..LIMITS }, None),
            (GopLimits { frames: 1, ..LIMITS }, None),
            (GopLimits { bytes: 1, ..LIMITS }, None),
        ] {
            let mut cache = GopCache::new(LIMITS);
            cache.push(0, true, 1);
            cache.push(1, false, 1);
            cache.set_limits(limits);
            assert_eq!(cache.start(), start);
        }
    }

    #[test]
    fn disabled_it_has_no_start() {
        let mut cache = GopCache::new(GopLimits { enabled: false, ..LIMITS });
        cache.push(0, true, 1);
        assert_eq!(cache.start(), None);
    }
}
