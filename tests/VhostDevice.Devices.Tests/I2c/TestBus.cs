// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using VhostDevice.Devices.I2c;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Tests.I2c;

/// <summary>
/// A bus of memories with 256 bytes and a pointer each: the first byte written sets it. Notes every transfer as text:
/// "w50:0102 r50:4" is a write of two bytes and a read of four.
/// </summary>
internal sealed class TestBus : II2cBus
{
    private readonly (ushort Address, bool TenBit)[] _addresses;
    private readonly Dictionary<(ushort Address, bool TenBit), Memory> _memories = [];
    private readonly Lock _lock = new();
    private readonly List<string> _transfers = [];
    private readonly SemaphoreSlim _gate = new(0);

    internal TestBus(string name, bool mayBlock, params (ushort Address, bool TenBit)[] addresses)
    {
        Name = name;
        MayBlock = mayBlock;
        _addresses = addresses;
        foreach ((ushort Address, bool TenBit) address in addresses)
            _memories[address] = new Memory();
    }

    public string Name { get; }

    public bool MayBlock { get; }

    /// <summary>Transfers wait for <see cref="LetOneGo"/>.</summary>
    internal bool IsGated { get; set; }

    /// <summary>The message in each transfer at which it fails; -1 for none.</summary>
    internal int FailAt { get; set; } = -1;

    internal Errno FailWith { get; set; } = Errno.ENXIO;

    internal Exception? Throws { get; set; }

    /// <summary>Each transfer takes at least so long; the thread is kept, as a system call does.</summary>
    internal TimeSpan Takes { get; set; }

    /// <summary>Notes the transfers of several buses, in their order.</summary>
    internal ConcurrentQueue<string>? Journal { get; init; }

    internal bool IsDisposed { get; private set; }

    /// <summary>On which threads transfers were made.</summary>
    internal HashSet<int> Threads { get; } = [];

    internal int LastThread { get; private set; }

    internal IReadOnlyList<string> Transfers
    {
        get
        {
            lock (_lock)
                return [.. _transfers];
        }
    }

    internal byte[] this[ushort address] => _memories[(address, false)].Bytes;

    internal byte[] TenBit(ushort address) => _memories[(address, true)].Bytes;

    internal void LetOneGo() => _gate.Release();

    /// <summary>Nothing waits any more: for a test that ends early.</summary>
    internal void LetAllGo()
    {
        IsGated = false;
        _gate.Release(1000);
    }

    public bool HasAddress(ushort address, bool tenBit) => _addresses.Contains((address, tenBit));

    public int Transfer(ReadOnlySpan<I2cMessage> messages, out Errno errno)
    {
        lock (_lock)
        {
            _transfers.Add(Text(messages));
            Threads.Add(LastThread = Environment.CurrentManagedThreadId);
        }

        Journal?.Enqueue(Text(messages));
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < Takes;)
            Thread.SpinWait(10);
        if (IsGated)
            _gate.Wait();
        if (Throws is not null)
            throw Throws;
        for (int i = 0; i < messages.Length; i++)
        {
            if (i == FailAt)
            {
                errno = FailWith;
                return i;
            }

            Memory memory = _memories[(messages[i].Address, messages[i].IsTenBit)];
            if (messages[i].IsRead)
                memory.Read(messages[i].Data);
            else
                memory.Write(messages[i].Data);
        }

        errno = Errno.Success;
        return messages.Length;
    }

    public void Dispose()
    {
        IsDisposed = true;
        _gate.Dispose();
    }

    private static string Text(ReadOnlySpan<I2cMessage> messages)
    {
        List<string> words = [];
        foreach (ref readonly I2cMessage m in messages)
        {
            string address = (m.IsTenBit ? "t" : "") + m.Address.ToString("x2", CultureInfo.InvariantCulture);
            words.Add(m.IsRead
                ? string.Create(CultureInfo.InvariantCulture, $"r{address}:{m.Length}")
                : $"w{address}:{Convert.ToHexStringLower(m.Data)}");
        }

        return string.Join(' ', words);
    }

    private sealed class Memory
    {
        private byte _at;

        internal byte[] Bytes { get; } = new byte[256];

        internal void Write(ReadOnlySpan<byte> bytes)
        {
            for (int i = 0; i < bytes.Length; i++)
            {
                if (i == 0)
                    _at = bytes[0];
                else
                    Bytes[_at++] = bytes[i];
            }
        }

        internal void Read(Span<byte> bytes)
        {
            foreach (ref byte b in bytes)
                b = Bytes[_at++];
        }
    }
}
