//! Events in dialects that few kernels speak.

use super::{frames, function, only, read};
use crate::facts::EventKind::*;
use crate::facts::PrintedTaint;

/// 2.6.17 i386: frames in angle brackets, and an oops that klogd has translated and that lost its headline.
#[test]
fn frames_in_angle_brackets_and_registers_that_klogd_translated() {
    let log = read(
        "Mar  3 04:05:06 host kernel: [ 4242.100000] BUG: warning at include/acme/io.h:77/acme_put()\n\
         Mar  3 04:05:06 host kernel: [ 4242.100000]  <c0261ade> __put_acme+0xfe/0x110  <c02b1530> vfs_acme+0x30/0x1f0\n\
         Mar  3 04:05:06 host kernel: [ 4242.100000]  <f0cc166f> acme_free+0x3f/0x60 [acmefs]  <c0101005> kernel_thread_helper+0x5/0x10\n\
         Mar  3 04:05:06 host kernel: [ 4242.100000] c0151cb2\n\
         Mar  3 04:05:06 host kernel: [ 4242.100000] Modules linked in: vfat fat acmefs\n\
         Mar  3 04:05:06 host kernel: [ 4242.100000] EIP:    0060:[put_acme+2/64]    Tainted: PF     VLI\n\
         Mar  3 04:05:06 host kernel: [ 4242.100000] EFLAGS: 00010202   (2.6.17-10-generic #2) \n",
    );
    let [warning, registers] = log.events.as_slice() else { panic!("{:#?}", log.events) };
    assert_eq!(frames(&warning.frames), " __put_acme vfs_acme acme_free[acmefs] kernel_thread_helper");
    assert_eq!(
        (warning.kind, warning.frames[2].address, warning.linked_in.is_none()),
        (Warning, Some(0xf0cc_166f), true)
    );
    let ip = registers.ip.as_ref().unwrap();
    assert_eq!((ip.symbol.as_deref(), ip.offset, ip.size), (Some("put_acme"), Some(2), Some(64)));
    assert_eq!(registers.taint, Some(PrintedTaint::Tainted("PF".into())));
    assert_eq!(registers.release.as_ref().map(|release| release.as_str()), Some("2.6.17-10-generic"));
}

/// klogd looks names up in a System.map that need not be the kernel's.
#[test]
fn what_the_kernel_says_itself_outweighs_klogd() {
    let event = only(
        "Oops: 0000 [#1]\nModules linked in: acmefs\nCPU:    0\nEIP:    0060:[__crc_acme+12345/67890]    Tainted: P      VLI\n\
         EFLAGS: 00010246   (2.6.9-42.EL) \nEIP is at acme_submit+0x53/0xa0 [acmefs]\n",
    );
    let ip = event.ip.unwrap();
    assert_eq!(function(ip.symbol.as_deref(), ip.module.as_deref()), "acme_submit[acmefs]");
    assert_eq!((ip.offset, ip.size), (Some(0x53), Some(0xa0)));
}

#[test]
fn without_kallsyms_the_module_stands_beside_the_address() {
    let event = only(
        "[   62.010000] WARNING: CPU: 6 PID: 77 at 0xffffffffa0d0db69 [acmefs@0000000021657a92+0x7e000]\n\
         [   62.020000] Modules linked in: acmenet(O) acmefs(O)\n\
         [   62.030000] CPU: 6 PID: 77 Comm: acmed Tainted: G           O      6.6.30 #0\n\
         [   62.040000] RIP: 0010:0xffffffffa0d0db69 [acmefs@0000000021657a92+0x7e000]\n\
         [   62.050000] Call Trace:\n\
         [   62.060000]  <TASK>\n\
         [   62.070000]  ? 0xffffffff8103a8b0\n\
         [   62.080000]  0xffffffffa0e586b0 [acmenet@0000000060c924be+0x2a000]\n\
         [   62.090000]  0xffffffff810b7294\n\
         [   62.10]  </TASK>\n",
    );
    let ip = event.ip.unwrap();
    assert_eq!((ip.module.as_deref(), ip.address), (Some("acmefs"), Some(0xffff_ffff_a0d0_db69)));
    assert_eq!(frames(&event.frames), " -? -[acmenet] -");
}

/// KFENCE, KMSAN and KCSAN say last who ran into it, behind the stacks of others.
#[test]
fn checkers_name_the_process_behind_their_traces() {
    let rule = "=".repeat(66);
    let stacks = |other: &str| {
        format!(
            "Use-after-free read at 0x000000004c7839ea (in kfence-#7):\n acme_read+0x1/0x20 [acmefs]\n vfs_read+0x1/0x20\n\n\
             {other}\n acme_free+0x1/0x20 [acmefs]\n kthread+0x1/0x20\n\n"
        )
    };
    let table = [
        (
            "BUG: KFENCE: use-after-free read in acme_read+0x1/0x20 [acmefs]",
            "freed by task 76 on cpu 1 at 288.57s:",
            "kfence",
            2,
        ),
        ("BUG: KMSAN: uninit-value in acme_read+0x1/0x20 [acmefs]", "Uninit was created at:", "kmsan", 2),
        // both tasks of a race are what it is about
        (
            "BUG: KCSAN: data-race in acme_free [acmefs] / acme_read [acmefs]",
            "read to 0xffff888100 of 8 bytes by task 9 on cpu 1:",
            "kcsan",
            4,
        ),
    ];
    for (headline, other, name, frames) in table {
        let report = format!(
            "{rule}\n{headline}\n{}CPU: 3 PID: 77 Comm: acmed Tainted: G    B              6.1.0+ #63\nHardware name: Acme 1\n{rule}\n",
            stacks(other)
        );
        let event = only(&report);
        assert_eq!((event.kind, event.kind_name(), event.is_data_race()), (Kasan, name, name == "kcsan"));
        assert_eq!((event.cpu, event.pid, event.comm.as_deref()), (Some(3), Some(77), Some("acmed")), "{headline}");
        assert_eq!(event.taint, Some(PrintedTaint::Tainted("G    B".into())), "{headline}");
        assert_eq!(event.release.as_ref().map(|release| release.as_str()), Some("6.1.0+"), "{headline}");
        assert_eq!(event.frames.len(), frames, "{headline}");
        let oops = "BUG: kernel NULL pointer dereference, address: 0\nOops: 0000 [#1] SMP\nCPU: 1 PID: 5 Comm: acme2 Tainted: G    B  6.1.0+ #63\nRIP: 0010:acme_io+0x1/0x2 [acmefs]\n";
        assert_eq!(read(&format!("{report}{oops}")).events.len(), 2, "{headline}: what follows is its own");
    }
}

#[test]
fn the_process_that_ends_a_report_may_be_wrapped() {
    let event = only(
        "[   80.100000] BUG: KFENCE: use-after-free read in acme_read+0x1/0x20 [acmefs]\n\
         [   80.100001] Use-after-free read at 0x000000004c7839ea (in kfence-#7):\n\
         [   80.100002]  acme_read+0x1/0x20 [acmefs]\n\
         [   80.100003] allocated by task 76 on cpu 1 at 288.57s:\n\
         [   80.100004]  acme_new+0x1/0x20 [acmefs]\n\
         [   80.100005] CPU: 3 PID: 77 Comm: acmed Tainted: G    B\n\
         6.1.0+ #63\n\
         [   80.100006] Hardware name: Acme 1\n",
    );
    assert_eq!((event.pid, event.release.as_ref().map(|release| release.as_str())), (Some(77), Some("6.1.0+")));
}

#[test]
fn the_function_of_a_watchdog_is_not_where_it_hung() {
    let event = only(
        "WARNING: at kernel/watchdog.c:245 watchdog_overflow_callback+0x9c/0xd0()\n\
         Watchdog detected hard LOCKUP on cpu 3\n\
         Pid: 77, comm: acmed Not tainted 2.6.32-358.el6.x86_64 #1\n\
         Call Trace:\n <NMI>  [<ffffffff810e5d5c>] ? watchdog_overflow_callback+0xcc/0xd0\n",
    );
    assert_eq!((event.kind, event.fault()), (HardLockup, None));
}

/// xmon writes to the console itself, without stamps, and prints the version of the kernel that runs.
#[test]
fn the_monitor_of_powerpc_tells_an_oops() {
    let monitor = |bug: &str| {
        format!(
            "cpu 0x3: Vector: {} at [c00000036da077a0]\n    pc: c00800000e586ab4: acme_submit+0x68/0xd0 [acmefs]\n    \
             lr: c00800000e586a94: acme_submit+0x4c/0xd0 [acmefs]\n    sp: c00000036da07a30\n   msr: 900000010280b033\n   \
             dar: c00800000176c638\n dsisr: 40000000\n  current = 0xc00000036d4c0000\n  \
             paca    = 0xc000000001a00000\t irqmask: 0x03\t irq_happened: 0x01\n    pid   = 77, comm = acmed\n{bug}\
             Linux version 5.6.0 (acme@build) (gcc version 7.5.0) #17 SMP Wed Mar 18 13:49:29 CET 2020\nenter ? for help\n\
             [c00000036da07ab0] c00800000e58fbe0 acme_flush+0x28/0x60 [acmenet]\n\
             [c00000036da07e20] c00000000000b9d0 system_call+0x5c/0x68\n",
            if bug.is_empty() { "300 (Data Access)" } else { "700 (Program Check)" }
        )
    };
    let pre_line = "[  314.219284] BUG: Unable to handle kernel data access on read at 0xc00800000176c638\n\
                    [  314.219299] Faulting instruction address: 0xc00800000e586ab4\n";
    let bug = "kernel BUG at drivers/acme/acme.c:77!\n";
    for (text, kind, headless) in
        [(format!("{pre_line}{}", monitor("")), Oops, false), (monitor(""), Oops, true), (monitor(bug), Bug, false)]
    {
        let log = read(&text);
        let [event] = log.events.as_slice() else { panic!("{:#?}", log.events) };
        assert_eq!((event.kind, event.headless, log.boots.len()), (kind, headless, 0), "{text}");
        assert_eq!((event.cpu, event.pid, event.comm.as_deref()), (Some(3), Some(77), Some("acmed")), "{text}");
        assert_eq!(event.release.as_ref().map(|release| release.as_str()), Some("5.6.0"), "{text}");
        assert_eq!(frames(&event.frames), " acme_flush[acmenet] system_call", "{text}");
        let ip = event.ip.as_ref().unwrap();
        assert_eq!(function(ip.symbol.as_deref(), ip.module.as_deref()), "acme_submit[acmefs]", "{text}");
    }
}

/// 2.4 prints the names of the modules below the error code, without a heading.
#[test]
fn a_bug_of_2_4_has_its_modules_below_the_invalid_operand() {
    let event = only(
        "Feb  9 04:22:46 host kernel: kernel BUG at page_alloc.c:130!\n\
         Feb  9 04:22:46 host kernel: invalid operand: 0000\n\
         Feb  9 04:22:46 host kernel: nfsd acmefs lockd usb-uhci u\n\
         sbcore scsi_mod  \n\
         Feb  9 04:22:46 host kernel: CPU:    1\n\
         Feb  9 04:22:46 host kernel: EIP:    0010:[<c013ac4e>]    Not tainted\n\
         Feb  9 04:22:46 host kernel: EIP is at acme_free [kernel] 0x5e (2.4.18-19.7.xsmp)\n",
    );
    let list = event.linked_in.unwrap();
    let names: Vec<_> = list.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!((event.kind, names.join(" ").as_str()), (Bug, "nfsd acmefs lockd usb-uhci usbcore scsi_mod"));
}

#[test]
fn registers_behind_a_panic_are_not_where_it_happened() {
    let event = only(
        "[   90.100000] Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n\
         [   90.200000] CPU: 2 PID: 77 Comm: acmed Not tainted 5.4.74 #14\n\
         [   90.300000] pc : acme_get_regs+0x11c/0x140\n\
         [   90.400000] CPU: 2 PID: 77 Comm: acmed Not tainted 5.4.74 #14\n\
         [   90.500000] Call trace:\n\
         [   90.600000]  dump_stack+0xe8/0x168\n\
         [   90.700000]  panic+0x1cc/0x36c\n\
         [   90.800000]  out_of_memory+0x400/0x510\n",
    );
    assert_eq!((event.kind, event.ip.is_some(), event.fault()), (Panic, true, None));
}

#[test]
fn a_bare_register_does_not_hide_the_function_of_the_headline() {
    let event = only(
        "WARNING: drivers/acme/acme.c:156 at acme_lock+0xcc/0x100 [acmefs], CPU#0: acmed/77\n\
         CPU: 0 UID: 0 PID: 77 Comm: acmed Tainted: G           OE      6.19.0 #1\n\
         NIP:  c00000000148041c LR: c000000001480418 CTR: c0000000001ffda0\n",
    );
    let ip = event.ip.unwrap();
    assert_eq!(function(ip.symbol.as_deref(), ip.module.as_deref()), "acme_lock[acmefs]");
    assert_eq!(ip.address, Some(0xc000_0000_0148_041c));
}

#[test]
fn a_program_that_arm64_kills_is_no_event() {
    let killed = "[   14.100000] acmed[77]: unhandled level 2 translation fault (11) at 0x00000000, esr 0x92000046, in acmed[400000+71000]\n\
                  [   14.200000] CPU: 1 PID: 77 Comm: acmed Not tainted 4.19.0 #1\n\
                  [   14.300000] pstate: 60000000 (nZCv daif -PAN -UAO)\n\
                  [   14.400000] pc : 0x4003f4\n\
                  [   14.500000] lr : 0x7fa44cc29c\n";
    assert!(read(killed).events.is_empty());
    let arm = "[   14.400000] CPU: 1 PID: 77 Comm: acmed Not tainted 4.4.0 #1\n\
               [   14.500000] PC is at 0xaf879602\n\
               [   14.600000] [<c010f2a4>] (show_stack) from [<c0115b6c>] (__do_user_fault+0x7c/0xa0)\n\
               [   14.700000] [<c0115b6c>] (__do_user_fault) from [<c0115f4c>] (do_page_fault+0x2d0/0x3a4)\n";
    assert!(read(arm).events.is_empty());
    let null = killed.replace("pc : 0x4003f4", "pc : 0x0");
    assert_eq!(read(&null).events.len(), 1, "the kernel may have jumped there");
}

#[test]
fn numbers_of_a_debugger_are_no_frames() {
    let event = only(
        "[    7.010000] BUG: kernel NULL pointer dereference, address: 0000000000000008\n\
         [    7.020000] Oops: 0000 [#1] SMP\n\
         [    7.030000] RIP: 0010:acme_submit+0x53/0xa0 [acmefs]\n\
         [    7.040000] Call Trace:\n\
         [    7.050000]  acme_write+0x1/0x20 [acmefs]\n\
         (gdb) l *acme_submit+0x53\n\
         0x1e01 is in acme_submit (drivers/acme/submit.c:2093).\n\
         0xffffffff81123456 is in vfs_write (fs/read_write.c:593).\n",
    );
    assert_eq!(frames(&event.frames), " acme_write[acmefs]");
}

#[test]
fn a_remark_on_preemption_names_its_caller_and_is_no_crash() {
    let event = only(
        "BUG: using smp_processor_id() in preemptible [00000000] code: kworker/u8:4/77\n\
         caller is acme_post+0x216/0x1380 [acmefs]\n\
         CPU: 6 PID: 77 Comm: kworker/u8:4 Not tainted 5.14.0-70.el9.x86_64 #1\n\
         Workqueue: acme_wq quux_work [quux]\n\
         Call Trace:\n\
          dump_stack_lvl+0x57/0x7d\n\
          check_preemption_disabled+0xc8/0xd0\n\
          acme_post+0x216/0x1380 [acmefs]\n\
          process_one_work+0x1c8/0x390\n",
    );
    let ip = event.ip.as_ref().unwrap();
    assert_eq!((event.kind, event.pid), (Warning, Some(77)));
    assert_eq!((ip.symbol.as_deref(), ip.module.as_deref()), (Some("acme_post"), Some("acmefs")));
    assert_eq!(event.frames.len(), 4);
}
