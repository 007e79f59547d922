// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux.Tests.Abi;

/// <summary>
/// What reflection cannot know: how our names are spelled in C. Constants that carry their C name need no line here.
/// Whoever adds a struct, an enum or a constant under another name to the floor is told by a test to add it here.
/// </summary>
internal static class AbiTable
{
    /// <summary>The headers that declare everything below, in an order that compiles.</summary>
    internal static readonly string[] Headers =
    [
        "elf.h", "errno.h", "fcntl.h", "limits.h", "poll.h", "sched.h", "signal.h", "stdio.h", "time.h", "unistd.h",
        "sys/auxv.h", "sys/epoll.h", "sys/eventfd.h", "sys/mman.h", "sys/random.h", "sys/signalfd.h", "sys/socket.h",
        "sys/stat.h", "sys/timerfd.h", "sys/uio.h", "sys/un.h", "sys/ioctl.h", "sys/prctl.h", "linux/audit.h", "linux/capability.h",
        "linux/filter.h", "linux/gpio.h", "linux/i2c.h", "linux/i2c-dev.h", "linux/landlock.h", "linux/random.h", "linux/seccomp.h",
        "linux/version.h",
    ];

    internal static readonly CStruct[] Structs =
    [
        CStruct.For<EpollEventPacked>("struct epoll_event", ("Events", "events"), ("Data", "data")) with { Condition = "defined(__x86_64__)" },
        CStruct.For<EpollEventAligned>("struct epoll_event", ("Events", "events"), ("Data", "data")) with { Condition = "!defined(__x86_64__)" },
        CStruct.For<PollFd>("struct pollfd", ("Fd", "fd"), ("Events", "events"), ("ReturnedEvents", "revents")),
        CStruct.For<TimeSpec>("struct timespec", ("Seconds", "tv_sec"), ("Nanoseconds", "tv_nsec")),
        CStruct.For<ITimerSpec>("struct itimerspec", ("Interval", "it_interval"), ("Value", "it_value")),
        CStruct.For<SigSet>("sigset_t", ("_word", null)),
        CStruct.For<SignalFdInfo>("struct signalfd_siginfo", ("Signal", "ssi_signo"), ("Errno", "ssi_errno"), ("Code", "ssi_code"), ("SenderPid", "ssi_pid")),
        CStruct.For<IoVec>("struct iovec", ("Base", "iov_base"), ("Length", "iov_len")),
        CStruct.For<SockAddrUn>("struct sockaddr_un", ("Family", "sun_family"), ("Path", "sun_path")),
        CStruct.For<MsgHdr>(
            "struct msghdr",
            ("Name", "msg_name"),
            ("NameLength", "msg_namelen"),
            ("Vectors", "msg_iov"),
            ("VectorCount", "msg_iovlen"),
            ("Control", "msg_control"),
            ("ControlLength", "msg_controllen"),
            ("Flags", "msg_flags")),
        CStruct.For<CMsgHdr>("struct cmsghdr", ("Length", "cmsg_len"), ("Level", "cmsg_level"), ("Type", "cmsg_type")),
        CStruct.For<StatxTimestamp>("struct statx_timestamp", ("Seconds", "tv_sec"), ("Nanoseconds", "tv_nsec"), ("Reserved", null)),
        CStruct.For<Statx>(
            "struct statx",
            ("Mask", "stx_mask"),
            ("BlockSize", "stx_blksize"),
            ("Attributes", "stx_attributes"),
            ("LinkCount", "stx_nlink"),
            ("Uid", "stx_uid"),
            ("Gid", "stx_gid"),
            ("Mode", "stx_mode"),
            ("_spare", null),
            ("Inode", "stx_ino"),
            ("Size", "stx_size"),
            ("Blocks", "stx_blocks"),
            ("AttributesMask", "stx_attributes_mask"),
            ("AccessTime", "stx_atime"),
            ("BirthTime", "stx_btime"),
            ("ChangeTime", "stx_ctime"),
            ("ModificationTime", "stx_mtime"),
            ("RdevMajor", "stx_rdev_major"),
            ("RdevMinor", "stx_rdev_minor"),
            ("DevMajor", "stx_dev_major"),
            ("DevMinor", "stx_dev_minor")),
        CStruct.For<ElfIdentity>("__typeof__(((Elf64_Ehdr *)0)->e_ident)", ("_first", null)),
        CStruct.For<Elf64Header>(
            "Elf64_Ehdr",
            ("Identity", "e_ident"),
            ("Type", "e_type"),
            ("Machine", "e_machine"),
            ("Version", "e_version"),
            ("Entry", "e_entry"),
            ("ProgramHeaders", "e_phoff"),
            ("SectionHeaders", "e_shoff"),
            ("Flags", "e_flags"),
            ("HeaderSize", "e_ehsize"),
            ("ProgramHeaderSize", "e_phentsize"),
            ("ProgramHeaderCount", "e_phnum"),
            ("SectionHeaderSize", "e_shentsize"),
            ("SectionHeaderCount", "e_shnum"),
            ("SectionNames", "e_shstrndx")),
        CStruct.For<Elf64ProgramHeader>(
            "Elf64_Phdr",
            ("Type", "p_type"),
            ("Flags", "p_flags"),
            ("Offset", "p_offset"),
            ("Address", "p_vaddr"),
            ("PhysicalAddress", "p_paddr"),
            ("FileSize", "p_filesz"),
            ("MemorySize", "p_memsz"),
            ("Alignment", "p_align")),
        CStruct.For<Elf64Dynamic>("Elf64_Dyn", ("Tag", "d_tag"), ("Value", "d_un")),
        CStruct.For<Elf64Symbol>(
            "Elf64_Sym",
            ("Name", "st_name"),
            ("Info", "st_info"),
            ("Other", "st_other"),
            ("Section", "st_shndx"),
            ("Value", "st_value"),
            ("Size", "st_size")),
        CStruct.For<VGetrandomOpaqueParams>(
            "struct vgetrandom_opaque_params",
            ("StateSize", "size_of_opaque_state"),
            ("MapProtection", "mmap_prot"),
            ("MapFlags", "mmap_flags")) with { Condition = "LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)" },
        CStruct.For<I2cMessage>("struct i2c_msg", ("Address", "addr"), ("Flags", "flags"), ("Length", "len"), ("Buffer", "buf")),
        CStruct.For<I2cRdwrData>("struct i2c_rdwr_ioctl_data", ("Messages", "msgs"), ("Count", "nmsgs")),
        CStruct.For<I2cSmbusIoctlData>("struct i2c_smbus_ioctl_data", ("ReadWrite", "read_write"), ("Command", "command"), ("Size", "size"), ("Data", "data")),
        CStruct.For<I2cSmbusData>("union i2c_smbus_data", ("_bytes", "block")),
        CStruct.For<GpioChipInfo>("struct gpiochip_info", ("Name", "name"), ("Label", "label"), ("Lines", "lines")),
        CStruct.For<GpioV2LineAttribute>("struct gpio_v2_line_attribute", ("Id", "id"), ("_padding", "padding"), ("Values", "values")),
        CStruct.For<GpioV2LineConfigAttribute>("struct gpio_v2_line_config_attribute", ("Attribute", "attr"), ("Mask", "mask")),
        CStruct.For<GpioV2LineAttributes>("__typeof__(((struct gpio_v2_line_info *)0)->attrs)", ("_first", null)),
        CStruct.For<GpioV2LineConfigAttributes>("__typeof__(((struct gpio_v2_line_config *)0)->attrs)", ("_first", null)),
        CStruct.For<GpioV2Offsets>("__typeof__(((struct gpio_v2_line_request *)0)->offsets)", ("_first", null)),
        CStruct.For<GpioV2LineConfig>(
            "struct gpio_v2_line_config",
            ("Flags", "flags"),
            ("AttributeCount", "num_attrs"),
            ("_padding", "padding"),
            ("Attributes", "attrs")),
        CStruct.For<GpioV2LineRequest>(
            "struct gpio_v2_line_request",
            ("Offsets", "offsets"),
            ("Consumer", "consumer"),
            ("Config", "config"),
            ("LineCount", "num_lines"),
            ("EventBufferSize", "event_buffer_size"),
            ("_padding", "padding"),
            ("Fd", "fd")),
        CStruct.For<GpioV2LineInfo>(
            "struct gpio_v2_line_info",
            ("Name", "name"),
            ("Consumer", "consumer"),
            ("Offset", "offset"),
            ("AttributeCount", "num_attrs"),
            ("Flags", "flags"),
            ("Attributes", "attrs"),
            ("_padding", "padding")),
        CStruct.For<GpioV2LineValues>("struct gpio_v2_line_values", ("Bits", "bits"), ("Mask", "mask")),
        CStruct.For<GpioV2LineEvent>(
            "struct gpio_v2_line_event",
            ("Nanoseconds", "timestamp_ns"),
            ("Id", "id"),
            ("Offset", "offset"),
            ("Sequence", "seqno"),
            ("LineSequence", "line_seqno"),
            ("_padding", "padding")),
        CStruct.For<SockFilter>("struct sock_filter", ("Code", "code"), ("JumpTrue", "jt"), ("JumpFalse", "jf"), ("Operand", "k")),
        CStruct.For<SockFprog>("struct sock_fprog", ("Length", "len"), ("Filter", "filter")),
        CStruct.For<SeccompData>(
            "struct seccomp_data",
            ("Number", "nr"),
            ("Architecture", "arch"),
            ("InstructionPointer", "instruction_pointer"),
            ("Arguments", "args")),
        CStruct.For<CapUserHeader>("struct __user_cap_header_struct", ("Version", "version"), ("Pid", "pid")),
        CStruct.For<CapUserData>("struct __user_cap_data_struct", ("Effective", "effective"), ("Permitted", "permitted"), ("Inheritable", "inheritable")),
        // It has grown with Linux 6.7 and 6.12; LandlockTests ask the kernel itself.
        CStruct.For<LandlockRulesetAttr>(
            "struct landlock_ruleset_attr",
            ("HandledAccessFs", "handled_access_fs"),
            ("HandledAccessNet", "handled_access_net"),
            ("Scoped", "scoped")) with { Condition = "LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)" },
        CStruct.For<LandlockPathBeneathAttr>("struct landlock_path_beneath_attr", ("AllowedAccess", "allowed_access"), ("ParentFd", "parent_fd")),
    ];

    /// <summary>Value types that never cross into the kernel.</summary>
    internal static readonly Type[] NotStructsOfC =
    [
        typeof(Errno), typeof(FileFacts), typeof(VdsoImage), typeof(GpioChipFacts), typeof(GpioLineFacts), typeof(SystemCall), typeof(ArgumentCheck),
    ];

    /// <summary>Members of our enums by their C names; null for one that C has no name for.</summary>
    internal static readonly Dictionary<string, string?> EnumMembers = new()
    {
        ["Readiness.None"] = null,
        ["Readiness.Readable"] = "EPOLLIN",
        ["Readiness.Writable"] = "EPOLLOUT",
        ["Readiness.Error"] = "EPOLLERR",
        ["Readiness.HangUp"] = "EPOLLHUP",
        ["Readiness.PeerClosed"] = "EPOLLRDHUP",
        ["Readiness.EdgeTriggered"] = "EPOLLET",
        ["FileKind.Anonymous"] = null,
        ["FileKind.Fifo"] = "S_IFIFO",
        ["FileKind.Character"] = "S_IFCHR",
        ["FileKind.Directory"] = "S_IFDIR",
        ["FileKind.Block"] = "S_IFBLK",
        ["FileKind.Regular"] = "S_IFREG",
        ["FileKind.Socket"] = "S_IFSOCK",
        ["I2cMessageFlags.None"] = null,
        ["I2cMessageFlags.Read"] = "I2C_M_RD",
        ["I2cMessageFlags.TenBit"] = "I2C_M_TEN",
        ["I2cFunctions.None"] = null,
        ["I2cFunctions.I2c"] = "I2C_FUNC_I2C",
        ["I2cFunctions.TenBit"] = "I2C_FUNC_10BIT_ADDR",
        ["I2cFunctions.SmbusBlockProcessCall"] = "I2C_FUNC_SMBUS_BLOCK_PROC_CALL",
        ["I2cFunctions.SmbusQuick"] = "I2C_FUNC_SMBUS_QUICK",
        ["I2cFunctions.SmbusReadByte"] = "I2C_FUNC_SMBUS_READ_BYTE",
        ["I2cFunctions.SmbusWriteByte"] = "I2C_FUNC_SMBUS_WRITE_BYTE",
        ["I2cFunctions.SmbusReadByteData"] = "I2C_FUNC_SMBUS_READ_BYTE_DATA",
        ["I2cFunctions.SmbusWriteByteData"] = "I2C_FUNC_SMBUS_WRITE_BYTE_DATA",
        ["I2cFunctions.SmbusReadWordData"] = "I2C_FUNC_SMBUS_READ_WORD_DATA",
        ["I2cFunctions.SmbusWriteWordData"] = "I2C_FUNC_SMBUS_WRITE_WORD_DATA",
        ["I2cFunctions.SmbusProcessCall"] = "I2C_FUNC_SMBUS_PROC_CALL",
        ["I2cFunctions.SmbusReadBlock"] = "I2C_FUNC_SMBUS_READ_BLOCK_DATA",
        ["I2cFunctions.SmbusWriteBlock"] = "I2C_FUNC_SMBUS_WRITE_BLOCK_DATA",
        ["I2cFunctions.SmbusReadI2cBlock"] = "I2C_FUNC_SMBUS_READ_I2C_BLOCK",
        ["I2cFunctions.SmbusWriteI2cBlock"] = "I2C_FUNC_SMBUS_WRITE_I2C_BLOCK",
        ["SmbusOperation.Quick"] = "I2C_SMBUS_QUICK",
        ["SmbusOperation.Byte"] = "I2C_SMBUS_BYTE",
        ["SmbusOperation.ByteData"] = "I2C_SMBUS_BYTE_DATA",
        ["SmbusOperation.WordData"] = "I2C_SMBUS_WORD_DATA",
        ["SmbusOperation.ProcessCall"] = "I2C_SMBUS_PROC_CALL",
        ["SmbusOperation.Block"] = "I2C_SMBUS_BLOCK_DATA",
        ["SmbusOperation.BlockProcessCall"] = "I2C_SMBUS_BLOCK_PROC_CALL",
        ["SmbusOperation.I2cBlock"] = "I2C_SMBUS_I2C_BLOCK_DATA",
        ["GpioLineFlags.None"] = null,
        ["GpioLineFlags.Used"] = "GPIO_V2_LINE_FLAG_USED",
        ["GpioLineFlags.ActiveLow"] = "GPIO_V2_LINE_FLAG_ACTIVE_LOW",
        ["GpioLineFlags.Input"] = "GPIO_V2_LINE_FLAG_INPUT",
        ["GpioLineFlags.Output"] = "GPIO_V2_LINE_FLAG_OUTPUT",
        ["GpioLineFlags.EdgeRising"] = "GPIO_V2_LINE_FLAG_EDGE_RISING",
        ["GpioLineFlags.EdgeFalling"] = "GPIO_V2_LINE_FLAG_EDGE_FALLING",
        ["GpioLineFlags.OpenDrain"] = "GPIO_V2_LINE_FLAG_OPEN_DRAIN",
        ["GpioLineFlags.OpenSource"] = "GPIO_V2_LINE_FLAG_OPEN_SOURCE",
        ["GpioLineFlags.BiasPullUp"] = "GPIO_V2_LINE_FLAG_BIAS_PULL_UP",
        ["GpioLineFlags.BiasPullDown"] = "GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN",
        ["GpioLineFlags.BiasDisabled"] = "GPIO_V2_LINE_FLAG_BIAS_DISABLED",
        ["FolderRights.None"] = null,
        ["FolderRights.ReadFiles"] = null,
        ["FolderRights.WriteFiles"] = null,
        ["FolderRights.RemoveFiles"] = null,
        ["FolderRights.MakeSockets"] = null,
    };

    /// <summary>Constants with a .NET name, as C expressions; null for those that are our own choice.</summary>
    internal static readonly Dictionary<string, string?> Constants = new()
    {
        ["IoVec.MaxPerCall"] = "IOV_MAX",
        ["SockAddrUn.PathCapacity"] = "sizeof(((struct sockaddr_un *)0)->sun_path)",
        ["UnixSocket.MaxPathBytes"] = "sizeof(((struct sockaddr_un *)0)->sun_path) - 1",
        ["SignalFd.LastSignal"] = "_NSIG - 1",
        // SCM_MAX_FD is in no exported header: FdMessageTests ask the kernel itself.
        ["FdMessage.MaxFds"] = null,
        ["MemoryMapping.MaxEnd"] = "0x7fffffffffffffffULL",
        ["Epoll.Capacity"] = null,
        ["VdsoImage.HeadBytes"] = null,
        ["I2cMessage.MaxMessages"] = "I2C_RDWR_IOCTL_MAX_MSGS",
        // i2c-dev.c has it as a bare number.
        ["I2cMessage.MaxLength"] = null,
        ["I2cSmbusData.MaxBlock"] = "I2C_SMBUS_BLOCK_MAX",
        ["I2cSmbusData.Capacity"] = "sizeof(union i2c_smbus_data)",
        ["GpioChardev.EventBufferSize"] = null,
        ["ThreadPrivileges.MaxCapability"] = null,
        ["BpfCode.MaxShortJump"] = null,
        ["SeccompFilter.FewEnough"] = null,
        ["LandlockRuleset.AllThreadsVersion"] = null,
        ["SystemCall.None"] = null,
        ["SystemCalls.None"] = null,
        ["LineClient.MaxLine"] = null,
        ["LineClient.MaxWaiting"] = null,
        ["LineServer.MaxClients"] = null,
        ["Worker.StackBytes"] = null,
    };

    /// <summary>Constants that older kernel headers lack; checked where the header knows them.</summary>
    internal static readonly HashSet<string> NewerThanSomeHeaders =
    [
        "LANDLOCK_ACCESS_FS_TRUNCATE", "LANDLOCK_ACCESS_FS_IOCTL_DEV", "LANDLOCK_ACCESS_FS_RESOLVE_UNIX", "LANDLOCK_ACCESS_NET_BIND_TCP",
        "LANDLOCK_ACCESS_NET_CONNECT_TCP", "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET", "LANDLOCK_RESTRICT_SELF_TSYNC",
    ];

    /// <summary>
    /// Names whose value on arm64 differs from x64 (asm/fcntl.h, asm/mman.h). One C# constant cannot be right for both,
    /// so the floor must not declare them as constants.
    /// </summary>
    internal static readonly HashSet<string> DifferByArchitecture =
    [
        "O_DIRECTORY", "O_NOFOLLOW", "O_DIRECT", "O_LARGEFILE", "O_TMPFILE", "MAP_32BIT", "PROT_BTI", "PROT_MTE",
        "MINSIGSTKSZ", "SIGSTKSZ", "AT_SYSINFO",
    ];
}
