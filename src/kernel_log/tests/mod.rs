use super::event::classify;
#[test]
fn dbg() {
    let Ok(p) = std::env::var("DBG") else { return };
    let t = std::fs::read_to_string(p).unwrap();
    for l in t.lines() {
        let o = super::envelope::open(1, l, 0);
        println!("{:?} {:?} | {}", classify(o.text), o.speaker, o.text);
    }
    println!("{:#?}", { let mut r = super::reader::LogReader::looking_at_every_line("x"); r.feed(t.as_bytes()); r.finish() });
}
