// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;

namespace VhostDevice.Linux;

/// <summary>
/// A terminal whose mode is changed for a while: every key as it comes, without echo, and nothing added to what is written.
/// For one thread at a time.
/// </summary>
public sealed unsafe class Terminal
{
    // <asm/termbits.h>, the same on x86-64 and arm64.
    private const uint IGNBRK = 1, BRKINT = 2, PARMRK = 8, ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400;
    private const uint OPOST = 1;
    private const uint CSIZE = 0x30, CS8 = 0x30, PARENB = 0x100;
    private const uint ISIG = 1, ICANON = 2, ECHO = 8, ECHONL = 0x40, IEXTEN = 0x8000;
    private const int StoredCharacters = 32; // NCCS
    private const int VTIME = 5;
    private const int VMIN = 6;

    private readonly int _fd;
    private readonly KernelTermios _before;

    private Terminal(int fd, KernelTermios before)
    {
        _fd = fd;
        _before = before;
    }

    /// <summary>Remembers the mode of a terminal, for <see cref="Restore"/>.</summary>
    /// <param name="fd">Stays the caller's, and open for as long as this is used.</param>
    /// <returns>ENOTTY: it is no terminal.</returns>
    public static Errno Open(int fd, out Terminal? terminal)
    {
        KernelTermios mode;
        Errno errno = Result(Libc.ioctl(fd, TerminalIoctl.TCGETS, &mode));
        terminal = errno.IsSuccess ? new Terminal(fd, mode) : null;
        return errno;
    }

    /// <summary>The mode that it had, as stty(1) writes and reads it (<c>stty -g</c>).</summary>
    public string SavedMode
    {
        get
        {
            KernelTermios mode = _before;
            StringBuilder text = new();
            foreach (uint flags in (ReadOnlySpan<uint>)[mode.InputFlags, mode.OutputFlags, mode.ControlFlags, mode.LocalFlags])
                text.Append(CultureInfo.InvariantCulture, $"{flags:x}:");
            // The C library has room for more than the kernel has.
            for (int i = 0; i < StoredCharacters; i++)
                text.Append(CultureInfo.InvariantCulture, $"{(i < KernelTermios.Characters ? mode.ControlCharacters[i] : 0):x}:");
            text.Length--;
            return text.ToString();
        }
    }

    /// <summary>Bytes pass as they are, in both directions; what was typed before stays.</summary>
    public Errno SetRaw()
    {
        KernelTermios mode = Raw(_before);
        return Result(Libc.ioctl(_fd, TerminalIoctl.TCSETSW, &mode));
    }

    /// <summary>The mode that it had; may be called again, also from a signal's thread.</summary>
    public Errno Restore()
    {
        KernelTermios mode = _before;
        return Result(Libc.ioctl(_fd, TerminalIoctl.TCSETS, &mode));
    }

    /// <summary>The size of the window. ENOTTY: there is none.</summary>
    public static Errno Size(int fd, out WindowSize size)
    {
        WinSize read;
        Errno errno = Result(Libc.ioctl(fd, TerminalIoctl.TIOCGWINSZ, &read));
        size = errno.IsSuccess ? new WindowSize(read.Columns, read.Rows) : default;
        return errno;
    }

    /// <summary>Sets the size of a pseudo-terminal's window, which tells the programs on it.</summary>
    public static Errno SetSize(int fd, WindowSize size)
    {
        WinSize written = new() { Columns = size.Columns, Rows = size.Rows };
        return Result(Libc.ioctl(fd, TerminalIoctl.TIOCSWINSZ, &written));
    }

    /// <summary>
    /// A new pseudo-terminal in raw mode, whose other end has a path. The descriptor does not block.
    /// </summary>
    /// <param name="path">Of the other end: /dev/pts/N.</param>
    public static Errno CreatePair(out OwnedFd? master, out string path)
    {
        path = "";
        int n = Libc.open("/dev/ptmx", Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0);
        master = null;
        if (n < 0)
            return Errno.Last;
        OwnedFd made = new(n);
        int unlock = 0;
        uint number = 0;
        // What is set on this end holds for the other one.
        Errno errno = Result(Libc.ioctl(n, TerminalIoctl.TIOCSPTLCK, &unlock));
        if (errno.IsSuccess)
            errno = Result(Libc.ioctl(n, TerminalIoctl.TIOCGPTN, &number));
        if (errno.IsSuccess)
            errno = Open(n, out Terminal? terminal) is { IsError: true } failed ? failed : terminal!.SetRaw();
        if (errno.IsError)
        {
            made.Dispose();
            return errno;
        }

        path = "/dev/pts/" + number.ToString(CultureInfo.InvariantCulture);
        master = made;
        return Errno.Success;
    }

    private static KernelTermios Raw(KernelTermios mode)
    {
        mode.InputFlags &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        mode.OutputFlags &= ~OPOST;
        mode.ControlFlags = (mode.ControlFlags & ~(CSIZE | PARENB)) | CS8;
        mode.LocalFlags &= ~(ISIG | ICANON | ECHO | ECHONL | IEXTEN);
        mode.ControlCharacters[VMIN] = 1;
        mode.ControlCharacters[VTIME] = 0;
        return mode;
    }

    private static Errno Result(int value) => value < 0 ? Errno.Last : Errno.Success;
}
