use super::stream::{AVC_360P, Flv, Player};
use proptest::prelude::*;

fn eventful() -> Flv {
    Flv::usual()
        .both(0, 700)
        .video_header(AVC_360P)
        .both(90_000, 300)
        .video(90_300, 300)
        .both(90_600, 100)
        .both(5, 200)
}

fn sliced(sizes: impl Iterator<Item = usize>) -> Player {
    let flv = eventful();
    let (mut player, mut rest) = (Player::default(), &flv.0[..]);
    for size in sizes {
        let (slice, tail) = rest.split_at(size.min(rest.len()));
        player.push(&Flv(slice.to_vec()));
        rest = tail;
        if rest.is_empty() {
            break;
        }
    }
    player.push(&Flv(rest.to_vec()));
    player
}

#[test]
fn byte_by_byte_and_at_once_are_the_same() {
    let whole = sliced(core::iter::empty());
    assert!(whole.seen.len() > 60);
    assert_eq!(sliced(core::iter::repeat(1)).seen, whole.seen);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_slicing_is_the_same(sizes in prop::collection::vec(0..300_usize, 1..60)) {
        prop_assert_eq!(sliced(sizes.into_iter().cycle().take(400)).seen, sliced(core::iter::empty()).seen);
    }

    #[test]
    fn no_damage_panics(at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut flv = eventful();
        let length = flv.0.len();
        for (index, value) in at {
            flv.0[index.index(length)] = value;
        }
        let _ = Player::default().pipeline.push(&flv.0, 0.0, &mut |_| {});
    }
}
