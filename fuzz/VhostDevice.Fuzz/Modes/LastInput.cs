// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.IO.MemoryMappedFiles;

namespace VhostDevice.Fuzz.Modes;

/// <summary>
/// The input that runs at the moment, in a mapped file: a touched guard page ends the process at once, and the kernel
/// still keeps what was written here.
/// </summary>
internal sealed unsafe class LastInput : IDisposable
{
    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    internal LastInput(string path, int mostBytes)
    {
        _path = path;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, sizeof(int) + mostBytes);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    internal void Set(ReadOnlySpan<byte> input)
    {
        *(int*)_start = input.Length;
        input.CopyTo(new Span<byte>(_start + sizeof(int), input.Length));
    }

    /// <summary>The input that a former process ended with, if one did.</summary>
    internal static byte[]? Left(string path)
    {
        if (!File.Exists(path))
            return null;
        byte[] bytes = File.ReadAllBytes(path);
        int length = bytes.Length < sizeof(int) ? 0 : BitConverter.ToInt32(bytes);
        return length > 0 && length <= bytes.Length - sizeof(int) ? bytes[sizeof(int)..(sizeof(int) + length)] : null;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
