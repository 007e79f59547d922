// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VhostDevice.Linux.Tests;

/// <summary>Short forms for results of the floor: <c>Errno</c> plus an <c>out</c> value.</summary>
internal static class Expect
{
    internal const int Timeout = 10_000;

    internal static void Ok(this Errno errno, [CallerArgumentExpression(nameof(errno))] string call = "") =>
        Assert.True(errno.IsSuccess, $"{call}: {errno.Message}");

    internal static T Made<T>(Errno errno, [NotNull] T? value, [CallerArgumentExpression(nameof(errno))] string call = "")
        where T : class
    {
        Ok(errno, call);
        Assert.NotNull(value);
        return value;
    }

    internal static OwnedFd NewEventFd(bool nonBlocking = true) => Made(EventFd.Create(nonBlocking, out OwnedFd? fd), fd);

    internal static OwnedFd NewMemFd(ulong size) => Made(MemFd.Create("test", size, out OwnedFd? fd), fd);

    internal static EventLoop NewLoop() => Made(EventLoop.Create(out EventLoop? loop), loop);

    internal static (OwnedFd First, OwnedFd Second) NewPair()
    {
        UnixSocket.CreatePair(out OwnedFd? first, out OwnedFd? second).Ok();
        return (first!, second!);
    }

    internal static (OwnedFd Read, OwnedFd Write) NewPipe(bool nonBlocking)
    {
        Files.CreatePipe(nonBlocking, out OwnedFd? read, out OwnedFd? write).Ok();
        return (read!, write!);
    }
}
