// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Models;

/// <summary>What a flash chip holds: in memory, which is taken block by block as it is written, or in a file that outlives it.</summary>
internal sealed unsafe class NorContent : IDisposable
{
    private readonly byte[]?[] _blocks = [];
    private readonly MemoryMapping? _file;
    private readonly ImageLock? _lock;

    /// <summary>An erased chip.</summary>
    internal NorContent(int size) => _blocks = new byte[size / NorKind.BlockSize][];

    /// <param name="file">The chip's image; owned, as <paramref name="imageLock"/>.</param>
    internal NorContent(MemoryMapping file, ImageLock? imageLock)
    {
        _file = file;
        _lock = imageLock;
    }

    /// <param name="offset">Within the chip, as all of <paramref name="target"/>.</param>
    internal void Read(int offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int n = Within(offset, target.Length);
            Span<byte> part = Find(offset, n);
            if (part.IsEmpty)
                target[..n].Fill(NorFlash.Erased);
            else
                part.CopyTo(target);
            offset += n;
            target = target[n..];
        }
    }

    internal void Write(int offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            int n = Within(offset, source.Length);
            source[..n].CopyTo(Take(offset, n));
            offset += n;
            source = source[n..];
        }
    }

    /// <summary>Bits go from 1 to 0 only.</summary>
    /// <param name="page">At a multiple of its length.</param>
    internal void Program(int offset, ReadOnlySpan<byte> page)
    {
        Span<byte> content = Take(offset, page.Length);
        for (int i = 0; i < content.Length; i++)
            content[i] &= page[i];
    }

    internal void Erase(int offset, int length)
    {
        for (int end = offset + length; offset < end;)
        {
            int n = Within(offset, end - offset);
            Find(offset, n).Fill(NorFlash.Erased);
            offset += n;
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _lock?.Dispose();
    }

    // As far as one block, or the file, goes.
    private int Within(int offset, int length) =>
        _file is null ? Math.Min(length, NorKind.BlockSize - (offset & (NorKind.BlockSize - 1))) : length;

    // Nothing where nobody has written yet.
    private Span<byte> Find(int offset, int length)
    {
        if (_file is not null)
            return new Span<byte>(_file.Address + offset, length);
        byte[]? block = _blocks[offset / NorKind.BlockSize];
        return block is null ? default : block.AsSpan(offset & (NorKind.BlockSize - 1), length);
    }

    private Span<byte> Take(int offset, int length)
    {
        if (_file is null && _blocks[offset / NorKind.BlockSize] is null)
        {
            byte[] block = new byte[NorKind.BlockSize];
            block.AsSpan().Fill(NorFlash.Erased);
            _blocks[offset / NorKind.BlockSize] = block;
        }

        return Find(offset, length);
    }
}
