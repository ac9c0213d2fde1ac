use super::*;
use proptest::prelude::*;

#[test]
fn low_complexity_stereo() {
    let config = AacConfig::parse(&[0x12, 0x10]).unwrap();
    assert_eq!((config.object_type, config.sample_rate, config.channels), (2, 44_100, 2));
    assert_eq!((config.output_sample_rate, config.samples_per_frame), (44_100, 1024));
    assert_eq!(config.codec_string(), "mp4a.40.2");
}

#[test]
fn frames_of_960_samples() {
    assert_eq!(AacConfig::parse(&[0x11, 0x94]).unwrap().samples_per_frame, 960);
}

#[test]
fn explicit_sbr_and_ps() {
    // Object type 5, core 24 kHz (index 6), stereo, extension 48 kHz (index 3), core object type 2.
    let config = AacConfig::parse(&[0x2b, 0x11, 0x88, 0x00]).unwrap();
    assert_eq!((config.signalled_object_type, config.object_type), (5, 2));
    assert_eq!((config.sample_rate, config.output_sample_rate, config.channels), (24_000, 48_000, 2));
    assert_eq!(config.codec_string(), "mp4a.40.5");
    // Object type 29, core 22.05 kHz (7), mono, extension 44.1 kHz (4), core object type 2.
    let config = AacConfig::parse(&[0xeb, 0x8a, 0x08, 0x00]).unwrap();
    assert_eq!((config.sample_rate, config.output_sample_rate, config.channels), (22_050, 44_100, 2));
    assert_eq!(config.codec_string(), "mp4a.40.29");
}

#[test]
fn backward_compatible_sbr_and_ps() {
    let config = AacConfig::parse(&[0x13, 0x90, 0x56, 0xe5, 0xa0]).unwrap();
    assert_eq!((config.sample_rate, config.output_sample_rate, config.object_type), (22_050, 44_100, 2));
    assert_eq!(config.codec_string(), "mp4a.40.2");
    // As encoders write it for plain LC: the extension is there, and says that there is no SBR.
    let config = AacConfig::parse(&[0x12, 0x10, 0x56, 0xe5, 0x00]).unwrap();
    assert_eq!((config.sample_rate, config.output_sample_rate), (44_100, 44_100));
    // Mono core, SBR to 44.1 kHz, then 0x548 and psPresentFlag.
    let config = AacConfig::parse(&[0x13, 0x88, 0x56, 0xe5, 0xa5, 0x48, 0x80]).unwrap();
    assert_eq!((config.channel_configuration, config.channels), (1, 2));
}

#[test]
fn a_sampling_rate_of_its_own() {
    // Index 15, then 24 bits: 44_056 Hz.
    let bits = 0b0_0010_1111_u64 << 31 | 44_056 << 7 | 0b001_0000;
    let config = AacConfig::parse(&(bits << 24).to_be_bytes()[..5]).unwrap();
    assert_eq!((config.sample_rate, config.channels), (44_056, 2));
}

#[test]
fn a_program_config_element_is_counted() {
    // LC, 48 kHz, channelConfiguration 0; a front pair, a back pair, one LFE; no comment.
    let fields: &[(u32, u32)] = &[
        (2, 5),
        (3, 4),
        (0, 4),
        (0, 3), // head, GASpecificConfig
        (0, 4),
        (1, 2),
        (3, 4), // tag, object type, frequency
        (1, 4),
        (0, 4),
        (1, 4),
        (1, 2),
        (0, 3),
        (0, 4), // front, side, back, lfe, data, coupling
        (0, 3), // no mixdowns
        (1, 1),
        (0, 4),
        (1, 1),
        (1, 4),
        (0, 4), // the elements
        (0, 7),
        (0, 8), // alignment, comment_field_bytes
    ];
    let mut bytes = Vec::new();
    let mut used = 0;
    for (value, count) in fields {
        for shift in (0..*count).rev() {
            if used % 8 == 0 {
                bytes.push(0_u8);
            }
            *bytes.last_mut().unwrap() |= ((value >> shift & 1) as u8) << (7 - used % 8);
            used += 1;
        }
    }
    let config = AacConfig::parse(&bytes).unwrap();
    assert_eq!((config.channel_configuration, config.channels, config.samples_per_frame), (0, 5, 1024));
    assert_eq!(silent_frame(&config), None);
}

#[test]
fn a_cut_or_reserved_config_is_an_error() {
    for config in [&[][..], &[0x12], &[0xf8]] {
        assert!(matches!(AacConfig::parse(config), Err(Error::Truncated { .. })), "{config:x?}");
    }
    assert!(matches!(AacConfig::parse(&[0x16, 0x90]), Err(Error::Invalid { .. })));
}

#[test]
fn silence_ends_with_the_end_element() {
    let stereo = silent_frame(&AacConfig::parse(&[0x12, 0x10]).unwrap()).unwrap();
    // ID_CPE, tag 0, no common window, 2 * 22 bits of nothing, ID_END.
    assert_eq!(stereo, [0x20, 0, 0, 0, 0, 0, 0x0e]);
    assert!(silent_frame(&AacConfig::parse(&[0x12, 0x30]).unwrap()).is_some());
}

proptest! {
    #[test]
    fn every_plain_configuration_reads_as_it_was_written(
        object_type in prop::sample::select(vec![1_u8, 2, 3, 4]),
        index in 0..13_u8,
        channels in 1..8_u8,
    ) {
        let bytes = (u16::from(object_type) << 11 | u16::from(index) << 7 | u16::from(channels) << 3).to_be_bytes();
        let ours = AacConfig::parse(&bytes).unwrap();
        prop_assert_eq!(ours.object_type, object_type);
        prop_assert_eq!(ours.sample_rate, SAMPLE_RATES[usize::from(index)]);
        prop_assert_eq!(ours.channels, if channels == 7 { 8 } else { channels });
        prop_assert_eq!(ours.codec_string(), format!("mp4a.40.{object_type}"));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(config) = AacConfig::parse(&bytes) {
            prop_assert!(config.sample_rate > 0 && config.samples_per_frame > 0);
            let _ = (config.codec_string(), silent_frame(&config));
        }
    }
}
