//! The kernel log in its three forms.

use super::Synth;
use super::memory::Region;

/// How the kernel keeps its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogForm {
    Ringbuffer,
    Records,
    Plain,
}

/// Descriptors of the ring, and bytes of its text.
const DESCRIPTORS: usize = 64;
const TEXT_BITS: u32 = 12;

/// Writes the log into the image and what finds it into VMCOREINFO; the result is where its rings are.
pub fn write(synth: &Synth, image: &mut Region, info: &mut Vec<String>) -> Vec<(&'static str, u64)> {
    match synth.log_form {
        LogForm::Ringbuffer => return ringbuffer(synth, image, info),
        LogForm::Records => records(synth, image, info),
        LogForm::Plain => plain(synth, image, info),
    }
    Vec::new()
}

fn ringbuffer(synth: &Synth, image: &mut Region, info: &mut Vec<String>) -> Vec<(&'static str, u64)> {
    let size = 1_usize << TEXT_BITS;
    let (mut descriptors, mut infos, mut text) = (vec![0; 24 * DESCRIPTORS], vec![0; 32 * DESCRIPTORS], vec![0; size]);
    let messages = synth.messages();
    // Ids start late, so that places and ids differ.
    let first = 3 * DESCRIPTORS as u64 + 17;
    let mut position = 0;
    for (n, (ns, message)) in messages.iter().enumerate() {
        let id = first + n as u64;
        let end = (position + 8 + message.len()).next_multiple_of(8);
        assert!(end <= size, "the ring of texts is too small");
        let place = id as usize % DESCRIPTORS;
        let fields = [2 << 62 | id, position as u64, end as u64];
        for (i, field) in fields.into_iter().enumerate() {
            descriptors[24 * place + 8 * i..24 * place + 8 * i + 8].copy_from_slice(&field.to_le_bytes());
        }
        let mut record = Vec::new();
        record.extend((n as u64).to_le_bytes());
        record.extend(ns.to_le_bytes());
        record.extend((message.len() as u16).to_le_bytes());
        record.extend([0, 6 << 5]);
        record.extend(1_u32.to_le_bytes());
        infos[32 * place..32 * place + record.len()].copy_from_slice(&record);
        text[position..position + 8].copy_from_slice(&id.to_le_bytes());
        text[position + 8..position + 8 + message.len()].copy_from_slice(message.as_bytes());
        position = end;
    }
    let last = first + messages.len() as u64 - 1;
    let (descriptors, infos, text) = (image.place(8, &descriptors), image.place(8, &infos), image.place(8, &text));
    let mut ring = Vec::new();
    for word in [u64::from(DESCRIPTORS.ilog2()), descriptors, infos, last, first] {
        ring.extend(word.to_le_bytes());
    }
    for word in [u64::from(TEXT_BITS), text, 0, 0] {
        ring.extend(word.to_le_bytes());
    }
    let ring = image.place(8, &ring);
    let prb = image.word(ring);
    info.push(format!("SYMBOL(prb)={prb:x}"));
    let offsets = [
        ("printk_ringbuffer.desc_ring", 0),
        ("printk_ringbuffer.text_data_ring", 40),
        ("prb_desc_ring.count_bits", 0),
        ("prb_desc_ring.descs", 8),
        ("prb_desc_ring.infos", 16),
        ("prb_desc_ring.head_id", 24),
        ("prb_desc_ring.tail_id", 32),
        ("prb_desc.state_var", 0),
        ("prb_desc.text_blk_lpos", 8),
        ("prb_data_blk_lpos.begin", 0),
        ("prb_data_blk_lpos.next", 8),
        ("printk_info.ts_nsec", 8),
        ("printk_info.text_len", 16),
        ("printk_info.caller_id", 20),
        ("prb_data_ring.size_bits", 0),
        ("prb_data_ring.data", 8),
    ];
    info.extend(offsets.map(|(name, offset)| format!("OFFSET({name})={offset}")));
    info.extend([("prb_desc", 24), ("printk_info", 32)].map(|(name, size)| format!("SIZE({name})={size}")));
    vec![("log_descriptors", descriptors), ("log_infos", infos), ("log_text", text), ("log_ring", ring)]
}

fn records(synth: &Synth, image: &mut Region, info: &mut Vec<String>) {
    let mut buffer = Vec::new();
    for (ns, message) in synth.messages() {
        let length = (16 + message.len()).next_multiple_of(8);
        let end = buffer.len() + length;
        buffer.extend(ns.to_le_bytes());
        buffer.extend((length as u16).to_le_bytes());
        buffer.extend((message.len() as u16).to_le_bytes());
        buffer.extend([0, 0, 0, 6 << 5]);
        buffer.extend(message.as_bytes());
        buffer.resize(end, 0);
    }
    let next = buffer.len() as u64;
    buffer.resize(16 << 10, 0);
    let at = image.place(8, &buffer);
    let variables = [("log_buf", at), ("log_buf_len", 16 << 10), ("log_first_idx", 0), ("log_next_idx", next)];
    info.extend(variables.map(|(name, value)| format!("SYMBOL({name})={:x}", image.word(value))));
    let fields = [("ts_nsec", 0), ("len", 8), ("text_len", 10), ("dict_len", 12)];
    info.extend(fields.map(|(name, offset)| format!("OFFSET(printk_log.{name})={offset}")));
    info.push("SIZE(printk_log)=16".to_owned());
}

fn plain(synth: &Synth, image: &mut Region, info: &mut Vec<String>) {
    let text = synth.expected_log();
    let mut buffer = text.clone().into_bytes();
    buffer.resize(8 << 10, 0);
    let at = image.place(8, &buffer);
    let variables = [("log_buf", at), ("log_buf_len", 8 << 10), ("log_end", text.len() as u64)];
    info.extend(variables.map(|(name, value)| format!("SYMBOL({name})={:x}", image.word(value))));
}
