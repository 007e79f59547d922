// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Linux;

namespace VhostDevice.Program.Tests.Support;

/// <summary>Sockets that a test opens itself.</summary>
internal static unsafe class Sockets
{
    /// <summary>A listening stream socket at a path.</summary>
    internal static OwnedFd Listen(string path)
    {
        Errno errno = UnixSocket.Listen(path, out OwnedFd? fd);
        Assert.True(errno.IsSuccess, errno.Message);
        return fd!;
    }

    internal static (OwnedFd First, OwnedFd Second) Pair()
    {
        Assert.True(UnixSocket.CreatePair(out OwnedFd? first, out OwnedFd? second).IsSuccess);
        return (first!, second!);
    }

    /// <summary>A bound datagram socket; a leading '@' names one in the abstract namespace.</summary>
    internal static OwnedFd BindDatagram(string address)
    {
        byte[] name = Encoding.UTF8.GetBytes(address);
        bool isAbstract = name[0] == '@';
        if (isAbstract)
            name[0] = 0;
        byte* raw = stackalloc byte[110];
        new Span<byte>(raw, 110).Clear();
        *(ushort*)raw = Libc.AF_UNIX;
        name.CopyTo(new Span<byte>(raw + 2, 108));
        OwnedFd fd = new(Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0));
        Assert.Equal(0, Libc.bind(fd.Fd, raw, (uint)(2 + name.Length + (isAbstract ? 0 : 1))));
        return fd;
    }

    /// <summary>Waits for one datagram.</summary>
    internal static string ReceiveText(OwnedFd fd)
    {
        Assert.True(EventFd.Wait(fd.Fd, Patience.Milliseconds), "No datagram came.");
        byte* buffer = stackalloc byte[256];
        nint n = FileIo.Read(fd.Fd, buffer, 256, out Errno errno);
        Assert.True(n >= 0, errno.Message);
        return Encoding.UTF8.GetString(buffer, (int)n);
    }

    /// <summary>Writes into a non-blocking pipe or socket until nothing more fits.</summary>
    internal static void Fill(OwnedFd fd)
    {
        byte* buffer = stackalloc byte[4096];
        Errno errno;
        do
            _ = FileIo.Write(fd.Fd, buffer, 4096, out errno);
        while (errno.IsSuccess);
        Assert.Equal(Errno.EAGAIN, errno);
    }
}
