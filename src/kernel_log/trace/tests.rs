use super::frame::{Piece, Shape, read};
use super::pointer::{Pointer, pointer};
use super::text::FrameText;
use crate::facts::StackContext;

/// Symbol, module, reliable.
type Short<'a> = (Option<&'a str>, Option<&'a str>, bool);

fn frames(text: &str) -> (Vec<FrameText<'_>>, Shape) {
    let mut frames = Vec::new();
    let shape = read(text, |piece| {
        if let Piece::Frame(frame) = piece {
            frames.push(frame);
        }
    });
    (frames, shape)
}

fn shorts(text: &str) -> Vec<Short<'_>> {
    frames(text).0.iter().map(|f| (f.symbol, f.module, f.reliable)).collect()
}

#[test]
fn every_dialect_of_a_frame() {
    let id = "84caed98b44e76c86965d753e9c55a9000b306ce";
    let with_id = format!("acme_submit+0x81/0xb7 [acmefs {id}]");
    let with_id: &str = &with_id;
    let acme: Short = (Some("acme_submit"), Some("acmefs"), true);
    let stale: Short = (Some("acme_submit"), Some("acmefs"), false);
    let core: Short = (Some("vfs_write"), None, true);
    let table: &[(&str, &str, &[Short])] = &[
        ("2.4 i386, module", "[<f8a31b2c>] acme_submit [acmefs] 0x2f4 (0xe3d57e90)", &[acme]),
        ("2.4 i386, kernel image", "[<c02a1b2c>] vfs_write [kernel] 0x2f4 (0xe3d57e90)", &[core]),
        ("2.4 i386, unresolved", "[<c02a1b2c>] [unresolved] 0x2f4 (0xe3d57e90)", &[(None, None, true)]),
        (
            "2.4 i386, several a line",
            "[<c02a1b2c>] vfs_write [kernel] 0x2f4 (0xe3d57e90) [<f8a31b2c>] acme_submit [acmefs] 0x1 (0xe3d57ea0)",
            &[core, acme],
        ),
        (
            "2.4 x86_64, several a line",
            "[<ffffffff80112233>]{vfs_write+22} [<ffffffffa0001111>]{:acmefs:acme_submit+410}",
            &[core, acme],
        ),
        (
            "2.4 x86_64, a mark inside",
            "[<ffffffff80112233>]{vfs_write+22} <EOI> [<ffffffffa0001111>]{:acmefs:acme_submit+410}",
            &[core, acme],
        ),
        ("2.6.9 x86_64", "<ffffffffa0123456>{:acmefs:acme_submit+410}", &[acme]),
        (
            "2.6.9 x86_64, two",
            "       <ffffffff80112233>{vfs_write+22} <ffffffffa0123456>{:acmefs:acme_submit+410}",
            &[core, acme],
        ),
        (
            "2.6.17 i386, two",
            " <c0126c2a> vfs_write+0x4a/0x110  <f8cc966f> acme_submit+0x3f/0x60 [acmefs]",
            &[core, acme],
        ),
        ("2.6.17 i386, last", " <c0103076> vfs_write+0x13/0x19", &[core]),
        ("a word of 32 bits and prose", "<c0103076> is where it hung", &[]),
        ("2.6.18 x86_64", " [<ffffffff8840933a>] :acmefs:acme_submit+0x2d/0x1da", &[acme]),
        ("2.6.18 x86_64, behind a mark", " <EOI>  [<ffffffff8840933a>] :acmefs:acme_submit+0x2d/0x1da", &[acme]),
        ("2.6 i386", " [<f8e74986>] acme_submit+0x11/0xb7 [acmefs]", &[acme]),
        ("EL6", " [<ffffffffa03eea23>] ? acme_submit+0x53/0xa0 [acmefs]", &[stale]),
        ("EL7", " [<ffffffffc03926a5>] acme_submit+0x145/0x1a0 [acmefs]", &[acme]),
        ("hidden address", " [<0>] acme_submit+0x145/0x1a0 [acmefs]", &[acme]),
        ("address taken for a tag", " [] ? acme_submit+0x145/0x1a0 [acmefs]", &[stale]),
        ("address gone", " [<>] acme_submit+0x145/0x1a0 [acmefs]", &[acme]),
        ("pointer hashed away", " [<          (ptrval)>] acme_submit+0x145/0x1a0 [acmefs]", &[acme]),
        ("EL8", " acme_submit+0x145/0x1a0 [acmefs]", &[acme]),
        ("EL8, stale", " ? acme_submit+0x145/0x1a0 [acmefs]", &[stale]),
        ("build id", with_id, &[acme]),
        ("build id, no offset size lost", "vfs_write+0x56/0xa0", &[core]),
        ("ppc64", "[c0000036cc9dbbc0] [c00800000e586ab4] acme_submit+0xac/0x1b0 [acmefs] (unreliable)", &[stale]),
        (
            "ppc64, traced return",
            "[c0000036cc9dbbc0] [c000000000171f44] vfs_write+0x2f4/0x5c0 (ftrace_graph_caller+0x0/0x8)",
            &[core],
        ),
        (
            "ppc64, traced return, bare",
            "[c0000036cc9dbbc0] [c000000000171f44] vfs_write+0x2f4/0x5c0 (ftrace_caller)",
            &[core],
        ),
        (
            "ppc64, address only",
            "[c0000003effebc30] [c0000003effebc70] 0xc0000003effebc70 (unreliable)",
            &[(None, None, false)],
        ),
        ("xmon", "[c0000036cc9dbbc0] c00800000e586ab4 acme_submit+0xac/0x1b0 [acmefs] (unreliable)", &[stale]),
        ("words of 16 digits", "[c0000036cc9dbbc0] c00800000e586ab4 c00800000e586ab4", &[]),
        ("s390", " [<000003ff801234ac>] acme_submit+0x50/0x90 [acmefs] ", &[acme]),
        ("s390, new section", "([<000003ff801234ac>] acme_submit+0x50/0x90 [acmefs])", &[acme]),
        ("arm64 EL7", "[<fffffdfffc0a1b2c>] acme_submit+0x50/0x90 [acmefs]", &[acme]),
        ("arm64, late", " acme_submit+0x50/0x90 [acmefs] (P)", &[acme]),
        ("arm32", "[<c0013c44>] (acme_submit+0x0/0xf0 [acmefs]) from [<c0011a5c>] (vfs_write+0x18/0x1c)", &[acme]),
        ("arm32 since 5.18", " acme_submit [acmefs] from vfs_write+0x270/0x404", &[acme]),
        ("arm32 since 5.18, kernel image", " vfs_write from acme_submit+0xc8/0x4f8 [acmefs]", &[core]),
        ("arm32 since 5.18, prose", "it was called from acme_submit+0xc8/0x4f8 [acmefs]", &[]),
        ("an address and the taint", "[<e0000000045399d0>]    Not tainted", &[]),
        ("klogd and the kernel", "[vfs_write+30/32] vfs_write+0x1e/0x20", &[core]),
        ("klogd's bogus pg0", "[pg0+945270886/1068839936] acme_submit+0x1a/0x20 [acmefs]", &[acme]),
        ("klogd alone", "[vfs_write+94/208] [acmefs:acme_submit+5/60]", &[core, acme]),
        ("klogd and a decimal offset", "[<c0153cb2>] vfs_write+100/200", &[core]),
        ("klogd's bogus pg0 alone", "[pg0+945270886/1068839936]", &[(None, None, true)]),
        ("decode_stacktrace", " ? acme_submit (drivers/acme/submit.c:123 (discriminator 2)) acmefs", &[stale]),
        ("decode_stacktrace, brackets", "acme_submit (drivers/acme/submit.c:123) [acmefs]", &[acme]),
        ("offset and line", "acme_submit+0x1/0x2 drivers/acme/submit.c:123 [acmefs]", &[]),
        ("line behind", "vfs_write+0x1/0x2 fs/read_write.c:123", &[core]),
        ("spaced offsets of tools", " [<ffffffffc09982b0>] acme_submit + 0x210/0x8c40 [acmefs]", &[acme]),
        ("crash bt", " #8 [ffffa7eb08d8fd80] acme_submit at ffffffffc0ba916e [acmefs]", &[acme]),
        ("crash bt, offset", "#10 [ffffa7eb08d8fd80] vfs_write+18 at ffffffff8ba916e0", &[core]),
        ("unknown address", " 0xffffffffc0123456", &[(None, None, true)]),
        ("unknown address, stale", " ? 0xffffffffc0123456", &[(None, None, false)]),
        ("unknown address, ARM", " 0x7f0041e8", &[(None, None, true)]),
        ("no kallsyms", " 0xffffffc008b586b0 [acmefs@0000000060c924be+0x2a6000]", &[(None, Some("acmefs"), true)]),
        ("no kallsyms, stale", " ? 0xffffffffa0d0db69 [acmefs@(ptrval)+0x7e000]", &[(None, Some("acmefs"), false)]),
        ("an offset of a debugger", "0x1e01 is in acme_submit (drivers/acme/submit.c:2093).", &[]),
        ("an address of a debugger", "0xffffffffc0123456 is in acme_submit (drivers/acme/submit.c:2093).", &[]),
        ("a number alone", "0x1e01", &[]),
        ("an address of a program", "0x00007f31c2a41b10", &[]),
        ("bracketed and unknown", " [<ffffffffc0123456>] 0xffffffffc0123456", &[(None, None, true)]),
        ("bare symbol", "[<c13deb10>] acme_interrupt", &[(Some("acme_interrupt"), None, true)]),
        (
            "suffixes stay",
            "acme_submit.constprop.0.isra.3.cold+0x5/0x10 [acmefs]",
            &[(Some("acme_submit.constprop.0.isra.3.cold"), Some("acmefs"), true)],
        ),
        (
            "Rust, mangled",
            "_RNvNtCs1_4acme6submit3run+0x5/0x10 [acmefs]",
            &[(Some("_RNvNtCs1_4acme6submit3run"), Some("acmefs"), true)],
        ),
        (
            "Rust, demangled",
            "<acme::Disk as kernel::Operations>::submit+0x5/0x10 [acmefs]",
            &[(Some("<acme::Disk as kernel::Operations>::submit"), Some("acmefs"), true)],
        ),
        ("a message", "acme: no medium found", &[]),
        ("a message with a plus", "a+1 is more than a", &[]),
        ("registers", "RSP: 0018:ffffbbfd75103e58 EFLAGS: 00010203", &[]),
        ("a code line", "Code: 00 0f 1f 44 00 00 <0f> 0b", &[]),
    ];
    for (name, line, expected) in table {
        let got = shorts(line);
        if *name == "offset and line" {
            // the module stands behind the line of source: the frame is kept, the order told apart elsewhere
            assert_eq!(got.first().and_then(|f| f.0), Some("acme_submit"), "{name}: {line}");
            continue;
        }
        assert_eq!(got.as_slice(), *expected, "{name}: {line}");
    }
}

#[test]
fn offsets_are_hexadecimal_or_decimal_as_the_dialect_has_them() {
    let offsets = |line| frames(line).0.first().map(|f| (f.offset, f.size, f.address));
    let table = [
        ("<ffffffffa0123456>{:acmefs:acme_submit+410}", Some((Some(410), None, Some(0xffff_ffff_a012_3456)))),
        (" [<f8e74986>] acme_submit+0x11/0xb7 [acmefs]", Some((Some(0x11), Some(0xb7), Some(0xf8e7_4986)))),
        ("[<f8a31b2c>] acme_submit [acmefs] 0x2f4 (0xe3d57e90)", Some((Some(0x2f4), None, Some(0xf8a3_1b2c)))),
        ("[vfs_write+94/208]", Some((Some(94), Some(208), None))),
        (
            "[c00000000fff0000] [c000000000171f44] vfs_write+0x2f4/0x5c0",
            Some((Some(0x2f4), Some(0x5c0), Some(0xc000_0000_0017_1f44))),
        ),
        ("[<0>] vfs_write+0x1/0x2", Some((Some(1), Some(2), None))),
    ];
    for (line, expected) in table {
        assert_eq!(offsets(line), expected, "{line}");
    }
}

#[test]
fn two_cpus_in_one_line_are_mixed() {
    let (found, shape) = frames(" [<ffffffff81127432>] vfs_write+0x2[<ffffffffa03eea23>] acme_submit+0x53/0xa0");
    assert_eq!(shape, Shape::Mixed);
    assert_eq!(found.len(), 1);
    assert_eq!(frames(" <IRQ>  [<ffffffff81127432>] vfs_write+0x2/0x30").1, Shape::Whole);
    assert_eq!(frames("nothing of the kind").1, Shape::No);
}

#[test]
fn the_register_of_every_architecture() {
    let function = |p: Option<Pointer<'_>>| match p {
        Some(Pointer::Kernel(f)) => format!("kernel {:?} {:?} {:x?}", f.symbol, f.module, f.address),
        Some(Pointer::Translated(f)) => format!("translated {:?} {:?} {:?}", f.symbol, f.module, f.offset),
        Some(Pointer::Repeated(f)) => format!("repeated {:?} {:?}", f.symbol, f.module),
        Some(Pointer::Dump(f)) => format!("dump {:?} {:?} {:?}", f.symbol, f.module, f.offset),
        Some(other) => format!("{other:?}"),
        None => "none".into(),
    };
    let acme = r#"kernel Some("acme_submit") Some("acmefs")"#;
    let table = [
        ("RIP: 0010:acme_submit+0x53/0xa0 [acmefs]", format!("{acme} None")),
        (
            "RIP: 0010:[<ffffffffa01c2f10>]  [<ffffffffa01c2f10>] acme_submit+0x53/0xa0 [acmefs]",
            format!("{acme} Some(ffffffffa01c2f10)"),
        ),
        (
            "RIP: 0010:[<ffffffffa01c2f10>]  [<ffffffffa01c2f10>] :acmefs:acme_submit+0x53/0xa0",
            format!("{acme} Some(ffffffffa01c2f10)"),
        ),
        (
            "RIP: 0010:[<ffffffffa01c2f10>] <ffffffffa01c2f10>{:acmefs:acme_submit+410}",
            format!("{acme} Some(ffffffffa01c2f10)"),
        ),
        ("RIP: 0010:[<ffffffffa01c2f10>]{:acmefs:acme_submit+410}", format!("{acme} Some(ffffffffa01c2f10)")),
        ("RIP: 0010:[<ffffffffa01c2f10>]", "NextLine(Some(18446744072100785936))".into()),
        ("RIP: e030:acme_submit+0x53/0xa0 [acmefs]", format!("{acme} None")),
        ("RIP: 0033:0x7fced93c5d0b", "User".into()),
        ("RIP: e033:[<00007fced93c5d0b>]", "User".into()),
        ("EIP: 0073:[<080485f1>] EFLAGS: 00000296", "User".into()),
        ("RIP: 0010:0xffffffffc0123456", "kernel None None Some(ffffffffc0123456)".into()),
        ("RIP: 0010:0x0", "kernel None None Some(0)".into()),
        ("RIP: 0010:[<0000000000000000>]  [<          (null)>]           (null)", "kernel None None None".into()),
        (
            "RIP  [<ffffffffa01c2f10>] acme_submit+0x53/0xa0 [acmefs]",
            r#"repeated Some("acme_submit") Some("acmefs")"#.into(),
        ),
        (
            "RIP <ffffffffa0271b2c>{:acmefs:acme_submit+492} RSP <0000010037e0dd98>",
            r#"repeated Some("acme_submit") Some("acmefs")"#.into(),
        ),
        (
            "RIP: acme_submit+0x1b1/0x1d0 [acmefs] RSP: ffffc90000a17a28",
            r#"repeated Some("acme_submit") Some("acmefs")"#.into(),
        ),
        (
            "EIP: [<f8e74986>] acme_submit+0x11/0xb7 [acmefs] SS:ESP 0068:f6cb5e90",
            r#"repeated Some("acme_submit") Some("acmefs")"#.into(),
        ),
        ("IP: [<ffffffffa01c2f10>] acme_submit+0x96/0x130 [acmefs]", format!("{acme} Some(ffffffffa01c2f10)")),
        ("IP: acme_submit+0x96/0x130 [acmefs]", format!("{acme} None")),
        ("IP: add a route", "none".into()),
        ("EIP:    0060:[<c016b7ec>]    Not tainted VLI", "kernel None None Some(c016b7ec)".into()),
        (
            "EIP:    0060:[acmefs:acme_submit+83/160]    Tainted: PF     VLI",
            r#"translated Some("acme_submit") Some("acmefs") Some(83)"#.into(),
        ),
        ("EIP:    0010:[add_disk+2/64]    Not tainted", r#"translated Some("add_disk") None Some(2)"#.into()),
        ("EIP: 0060:[pg0+945270886/1068839936] CPU: 0", "translated None None Some(945270886)".into()),
        (
            "RIP: 0010:[vfs_write+94/208]  [vfs_write+94/208] vfs_write+0x5e/0xd0",
            r#"translated Some("vfs_write") None Some(94)"#.into(),
        ),
        (
            "EIP: [acmefs:acme_submit+17/183] acme_submit+0x11/0xb7 [acmefs] SS:ESP 0068:f6cb5e90",
            r#"repeated Some("acme_submit") Some("acmefs")"#.into(),
        ),
        ("EIP: 0060:[<f8a31b2c>] CPU: 0", "kernel None None Some(f8a31b2c)".into()),
        ("EIP is at acme_submit+0x8f/0xf8 [acmefs]", format!("{acme} None")),
        ("EIP is at acme_submit [acmefs] 0x8f (2.4.21-63.ELsmp/i686)", format!("{acme} None")),
        ("EIP: acme_submit+0x8f/0xf8 [acmefs]", r#"repeated Some("acme_submit") Some("acmefs")"#.into()),
        ("NIP [c00800000e586ab4] acme_submit+0xec/0x1b0 [acmefs]", format!("{acme} Some(c00800000e586ab4)")),
        ("NIP [c00800000e586ab4] 0xc00800000e586ab4", "kernel None None Some(c00800000e586ab4)".into()),
        (
            "NIP:  c000003c7c00a000 LR: c00800000e586af4 CTR: c000003c7c00a000",
            "kernel None None Some(c000003c7c00a000)".into(),
        ),
        (
            "Krnl PSW : 0704e00180000000 000003ff801d36ae (acme_submit+0x5e/0x98 [acmefs])",
            format!("{acme} Some(3ff801d36ae)"),
        ),
        ("Krnl PSW : 070c1000 8001e2f4 (acme_submit+0x5e/0x98 [acmefs])", format!("{acme} Some(8001e2f4)")),
        ("Krnl PSW : 0704e00180000000 000003ff801d36ae", "kernel None None Some(3ff801d36ae)".into()),
        ("pc : acme_submit+0x53/0xa0 [acmefs]", format!("{acme} None")),
        (
            "pc : 0xffffffc00898204c [acmefs@00000000059ce9c8+0x4c000]",
            r#"kernel None Some("acmefs") Some(ffffffc00898204c)"#.into(),
        ),
        ("pc: c00800000e586ab4: acme_submit+0xac/0x1b0 [acmefs]", format!("{acme} Some(c00800000e586ab4)")),
        ("pc: c00800000e586ab4: ", "kernel None None Some(c00800000e586ab4)".into()),
        ("pc: 12: a printer", "none".into()),
        ("PC is at acme_submit+0x53/0xa0 [acmefs]", format!("{acme} None")),
        ("[exception RIP: acme_submit+71]", r#"dump Some("acme_submit") None Some(71)"#.into()),
        ("RDX: 0000000000000000", "none".into()),
    ];
    for (line, expected) in table {
        assert_eq!(function(pointer(line)), expected, "{line}");
    }
}

#[test]
fn marks_and_frames_of_one_line_keep_their_order() {
    let mut stack = super::Stack::default();
    let mut seen = Vec::new();
    read(
        "[<ffffffff80112233>]{vfs_write+22} <EOI> [<ffffffffa0001111>]{:acmefs:acme_submit+410}",
        |piece| match piece {
            Piece::Mark(mark) => stack.apply(mark),
            Piece::Frame(_) => seen.push(stack.context()),
        },
    );
    assert_eq!(seen, [StackContext::Task, StackContext::Interrupted]);
}
