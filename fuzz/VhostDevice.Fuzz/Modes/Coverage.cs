// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace VhostDevice.Fuzz.Modes;

/// <summary>
/// Coverage feedback without a driver process: assemblies that sharpfuzz instrumented count in a map how often each
/// edge between two branches was taken. As in AFL, how often is told apart in eight classes only, or every loop would
/// make its inputs new.
/// </summary>
internal sealed unsafe class Coverage : INovelty
{
    private const int MapSize = 1 << 16; // sharpfuzz numbers branches with 16 bits

    // Never freed: threads that a target started may count to the end.
    private readonly byte* _map = (byte*)NativeMemory.AlignedAlloc(MapSize, 64);
    private readonly byte[] _seen = new byte[MapSize];
    private int _classes;

    internal Coverage()
    {
        new Span<byte>(_map, MapSize).Clear();
        Trace.SharedMem = _map;
    }

    /// <summary>Edges taken by any input so far.</summary>
    internal int Edges => MapSize - _seen.AsSpan().Count((byte)0);

    public string Summary => $", {Edges} edges ({_classes} with how often)";

    public void Begin()
    {
        new Span<byte>(_map, MapSize).Clear();
        Trace.PrevLocation = 0;
    }

    public bool IsNew(IFuzzTarget target)
    {
        ReadOnlySpan<Vector<byte>> words = MemoryMarshal.Cast<byte, Vector<byte>>(new ReadOnlySpan<byte>(_map, MapSize));
        bool found = false;
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i] != Vector<byte>.Zero)
                found |= AddAll(i * Vector<byte>.Count);
        }

        return found;
    }

    public ulong Fingerprint(IFuzzTarget target)
    {
        HashCode hash = default;
        for (int i = 0; i < MapSize; i++)
        {
            if (_map[i] != 0)
                hash.Add(HashCode.Combine(i, Class(_map[i])));
        }

        return (ulong)hash.ToHashCode();
    }

    /// <summary>Nothing was counted at all: the assemblies are not instrumented.</summary>
    internal bool IsBlind => Edges == 0;

    private bool AddAll(int at)
    {
        bool found = false;
        for (int i = at; i < at + Vector<byte>.Count; i++)
        {
            byte seen = _seen[i];
            byte now = (byte)(seen | Class(_map[i]));
            if (now == seen)
                continue;
            _seen[i] = now;
            _classes++;
            found = true;
        }

        return found;
    }

    // 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more
    private static byte Class(byte count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
