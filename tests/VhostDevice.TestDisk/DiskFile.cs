// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.TestDisk;

/// <summary>The file that a disk's content lies in. What was written outlives the process, however that ends.</summary>
public sealed class DiskFile : IDisposable
{
    private readonly FileStream _stream;

    /// <exception cref="IOException">The file cannot be opened, or is shorter than a sector.</exception>
    public DiskFile(string path)
    {
        _stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Sectors = (ulong)_stream.Length / DiskConfig.SectorSize;
        if (Sectors == 0)
        {
            _stream.Dispose();
            throw new IOException($"{path} is shorter than a sector");
        }
    }

    /// <summary>Whole sectors of the file.</summary>
    public ulong Sectors { get; }

    /// <summary>Reads into, or writes from, pieces of guest memory. False when not all bytes moved.</summary>
    /// <param name="offset">Bytes from the start of the file.</param>
    public bool TryMove(bool write, ReadOnlySpan<IoVec> pieces, ulong bytes, ulong offset)
    {
        int fd = (int)_stream.SafeFileHandle.DangerousGetHandle();
        // Regular files move less than asked only at their end or when something is wrong.
        nint moved = write
            ? FileIo.PWriteV(fd, pieces, (long)offset, out _)
            : FileIo.PReadV(fd, pieces, (long)offset, out _);
        return moved >= 0 && (ulong)moved == bytes;
    }

    public void Flush() => RandomAccess.FlushToDisk(_stream.SafeFileHandle);

    public void Dispose() => _stream.Dispose();
}
