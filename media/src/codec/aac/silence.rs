use alloc::vec::Vec;

use super::AacConfig;

/// The syntactic elements of a raw data block (ISO/IEC 14496-3 table 4.85).
#[derive(Clone, Copy)]
enum Element {
    /// `single_channel_element`.
    Single,
    /// `channel_pair_element`.
    Pair,
    /// `lfe_channel_element`.
    Lfe,
}

/// An access unit of silence that a decoder with this configuration takes: every channel there, no spectrum in any.
///
/// `None` for channels that only a program config element describes, and for coders whose access units are built
/// otherwise (low-delay and error-resilient ones, USAC).
#[must_use]
pub fn silent_frame(config: &AacConfig) -> Option<Vec<u8>> {
    use Element::{Lfe, Pair, Single};
    if !matches!(config.object_type, 1 | 2 | 4) {
        return None;
    }
    let elements: &[Element] = match config.channel_configuration {
        1 => &[Single],
        2 => &[Pair],
        3 => &[Single, Pair],
        4 => &[Single, Pair, Single],
        5 => &[Single, Pair, Pair],
        6 => &[Single, Pair, Pair, Lfe],
        7 => &[Single, Pair, Pair, Pair, Lfe],
        _ => return None,
    };
    let mut out = Bits::default();
    let (mut singles, mut pairs) = (0, 0);
    for element in elements {
        match element {
            Single => {
                out.put(0, 3); // id_syn_ele: ID_SCE
                out.put(singles, 4); // element_instance_tag
                singles += 1;
                individual_channel_stream(&mut out);
            }
            Pair => {
                out.put(1, 3); // id_syn_ele: ID_CPE
                out.put(pairs, 4); // element_instance_tag
                pairs += 1;
                out.put(0, 1); // common_window
                individual_channel_stream(&mut out);
                individual_channel_stream(&mut out);
            }
            Lfe => {
                out.put(3, 3); // id_syn_ele: ID_LFE
                out.put(0, 4); // element_instance_tag
                individual_channel_stream(&mut out);
            }
        }
    }
    out.put(7, 3); // id_syn_ele: ID_END
    Some(out.bytes)
}

/// ISO/IEC 14496-3 table 4.50, with no scale factor band transmitted: no section, scale factor or spectral data follows.
fn individual_channel_stream(out: &mut Bits) {
    out.put(0, 8); // global_gain
    out.put(0, 1); // ics_reserved_bit
    out.put(0, 2); // window_sequence: ONLY_LONG_SEQUENCE
    out.put(0, 1); // window_shape
    out.put(0, 6); // max_sfb
    out.put(0, 1); // predictor_data_present
    out.put(0, 1); // pulse_data_present
    out.put(0, 1); // tns_data_present
    out.put(0, 1); // gain_control_data_present
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u8, count: u32) {
        for shift in (0..count).rev() {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (value >> shift & 1) << (7 - self.used % 8);
            }
            self.used += 1;
        }
    }
}
