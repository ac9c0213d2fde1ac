use super::stream::{AVC_180P, AVC_360P, Flv, Player};
use flvgate_media::flv::TagType;
#[cfg(not(target_arch = "wasm32"))]
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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

#[test]
fn decisions_fall_behind_each_tag_not_at_the_end_of_a_push() {
    let promise = |flv: Flv, said: u8| {
        let body = [&b"\x02\x00\x0aonMetaData\x08\x00\x00\x00\x01\x00\x08hasAudio\x01"[..], &[said]].concat();
        flv.raw(TagType::Script, 0, &body)
    };
    let flv = Flv::new(true, true).video_header(AVC_180P).key(0).inter(200);
    let flv = promise(promise(flv, 0), 1).inter(240);
    let (mut at_once, mut bytewise) = (Player::default(), Player::default());
    at_once.push(&flv);
    for byte in &flv.0 {
        bytewise.push(&Flv(vec![*byte]));
    }
    assert_eq!(at_once.tracks(), [(true, false)]);
    assert_eq!(at_once.seen, bytewise.seen);
}

#[cfg(not(target_arch = "wasm32"))]
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
