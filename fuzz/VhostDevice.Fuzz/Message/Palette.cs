// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Fuzz.Message;

/// <summary>The descriptors that an input may send: those that belong, and those that do not.</summary>
internal sealed unsafe class Palette : IDisposable
{
    internal const int MemoryBytes = 0x10000;

    // Their places are part of the format of an input.
    internal const int Memory = 0;
    internal const int OtherMemory = 1;
    internal const int Kick0 = 2;
    internal const int Kick1 = 3;
    internal const int Call0 = 4;
    internal const int Call1 = 5;
    internal const int Error = 6;
    internal const int PipeRead = 7;
    internal const int PipeWrite = 8;
    internal const int Channel = 9;
    internal const int ChannelPeer = 10;

    private readonly List<OwnedFd> _fds = [];
    private readonly MemoryMapping _mapping;

    internal Palette()
    {
        _fds.Add(Made(MemFd.Create("fuzz", MemoryBytes, out OwnedFd? fd), fd));
        _fds.Add(Made(MemFd.Create("fuzz-other", MemoryBytes, out fd), fd));
        for (int i = Kick0; i <= Error; i++)
            _fds.Add(Made(EventFd.Create(nonBlocking: i != Call1, out fd), fd));
        Promise.Keep(Files.CreatePipe(nonBlocking: false, out OwnedFd? read, out OwnedFd? write).IsSuccess, "a pipe");
        Promise.Keep(UnixSocket.CreatePair(out OwnedFd? ours, out OwnedFd? theirs).IsSuccess, "a socket pair");
        _fds.AddRange([read!, write!, ours!, theirs!]);
        _fds.Add(Made(Files.Open("/", write: false, nonBlocking: true, out fd), fd));
        _fds.Add(Made(Files.Open("/proc/self/status", write: false, nonBlocking: true, out fd), fd));
        _fds.Add(Made(Files.Open("/dev/null", write: true, nonBlocking: true, out fd), fd));
        _fds.Add(Made(Files.Open("/dev/urandom", write: true, nonBlocking: true, out fd), fd));
        _mapping = Made(MemoryMapping.Map(_fds[Memory].Fd, 0, MemoryBytes, 0, out MemoryMapping? mapping), mapping);
    }

    /// <summary>The guest's memory as its driver sees it.</summary>
    internal Span<byte> Guest => new(_mapping.Address, MemoryBytes);

    internal OwnedFd this[int place] => _fds[place];

    internal string PipeName => Leaks.Target($"/proc/self/fd/{_fds[PipeRead].Fd}");

    /// <summary>So many numbers from one place on, again from the start after the last.</summary>
    internal void Pick(byte from, Span<int> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = _fds[(from + i) % _fds.Count].Fd;
    }

    internal void Signal(byte which) => _ = EventFd.Signal(_fds[Kick0 + (which % 2)].Fd);

    public void Dispose()
    {
        _mapping.Dispose();
        foreach (OwnedFd fd in _fds)
            fd.Dispose();
    }

    private static T Made<T>(Errno errno, T? value)
        where T : class
    {
        Promise.Keep(errno.IsSuccess, $"the palette is complete ({errno})");
        return value!;
    }
}
