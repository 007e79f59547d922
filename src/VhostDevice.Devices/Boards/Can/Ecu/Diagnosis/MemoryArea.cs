// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>A part of the ECU's memory, which testers fill and read: in this process, or in a file that is mapped.</summary>
internal sealed unsafe class MemoryArea : IDisposable
{
    internal const int MaxSize = 64 << 20;

    private readonly MemoryMapping? _file;
    private readonly int _size;
    private byte[]? _bytes;

    internal MemoryArea(uint address, int size, AccessRule download, AccessRule upload, MemoryMapping? file = null)
    {
        Address = address;
        _size = size;
        Download = download;
        Upload = upload;
        _file = file;
    }

    internal uint Address { get; }

    internal AccessRule Download { get; }

    internal AccessRule Upload { get; }

    /// <summary>Whether a range is within it.</summary>
    internal bool Has(ulong address, ulong length) =>
        address >= Address && length > 0 && length <= (ulong)_size && address - Address <= (ulong)_size - length;

    /// <param name="offset">Within the area, as all of <paramref name="data"/>.</param>
    internal void Write(long offset, ReadOnlySpan<byte> data) => data.CopyTo(All[(int)offset..]);

    /// <inheritdoc cref="Write"/>
    internal void Read(long offset, Span<byte> data) => All.Slice((int)offset, data.Length).CopyTo(data);

    public void Dispose() => _file?.Dispose();

    private Span<byte> All
    {
        get
        {
            if (_file is not null)
                return new Span<byte>(_file.Address, _size);
            if (_bytes is null)
            {
                // As flash memory is that nobody has programmed.
                _bytes = new byte[_size];
                _bytes.AsSpan().Fill(0xFF);
            }

            return _bytes;
        }
    }
}
