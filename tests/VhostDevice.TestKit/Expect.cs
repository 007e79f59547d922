// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using VhostDevice.Linux;

namespace VhostDevice.TestKit;

/// <summary>Short forms for results of the Linux floor: <see cref="Errno"/> plus an <c>out</c> value.</summary>
public static class Expect
{
    public static void Ok(this Errno errno, [CallerArgumentExpression(nameof(errno))] string call = "")
    {
        if (errno.IsError)
            throw new InvalidOperationException($"{call}: {errno.Message}");
    }

    public static T Made<T>(Errno errno, [NotNull] T? value, [CallerArgumentExpression(nameof(errno))] string call = "")
        where T : class
    {
        Ok(errno, call);
        return value ?? throw new InvalidOperationException($"{call}: nothing was made");
    }

    public static OwnedFd NewEventFd(bool nonBlocking = true) => Made(EventFd.Create(nonBlocking, out OwnedFd? fd), fd);

    public static OwnedFd NewMemFd(ulong size) => Made(MemFd.Create("test", size, out OwnedFd? fd), fd);

    public static OwnedFd Open(string path, bool write = false) => Made(Files.Open(path, write, nonBlocking: true, out OwnedFd? fd), fd);

    public static (OwnedFd First, OwnedFd Second) NewPair()
    {
        UnixSocket.CreatePair(out OwnedFd? first, out OwnedFd? second).Ok();
        return (first!, second!);
    }

    public static (OwnedFd Read, OwnedFd Write) NewPipe(bool nonBlocking = true)
    {
        Files.CreatePipe(nonBlocking, out OwnedFd? read, out OwnedFd? write).Ok();
        return (read!, write!);
    }

    /// <summary>Waits until the descriptor is readable.</summary>
    public static void Readable(OwnedFd fd, string what)
    {
        if (!EventFd.Wait(fd.Fd, (int)LoopThread.Patience.TotalMilliseconds))
            throw new TimeoutException($"{what}: not in time");
    }

    /// <summary>What the descriptor holds now, at most so many bytes.</summary>
    public static unsafe byte[] ReadSome(OwnedFd fd, int most = 4096)
    {
        byte[] bytes = new byte[most];
        fixed (byte* p = bytes)
        {
            nint n = FileIo.Read(fd.Fd, p, (nuint)most, out Errno errno);
            return errno == Errno.EAGAIN ? [] : n >= 0 ? bytes[..(int)n] : throw new InvalidOperationException(errno.Message);
        }
    }

    public static unsafe void Write(OwnedFd fd, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            if (FileIo.Write(fd.Fd, p, (nuint)bytes.Length, out Errno errno) != bytes.Length)
                throw new InvalidOperationException($"write: {errno.Message}");
        }
    }
}
