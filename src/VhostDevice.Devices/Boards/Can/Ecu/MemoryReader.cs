// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Yaml;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu;

/// <summary>An area of an ECU's memory as board files write it, and the file that it is kept in.</summary>
internal static class MemoryReader
{
    private const string FileKey = "file";
    private const byte Erased = 0xFF;

    internal static MemoryArea Read(PartRequest request, YamlMap map, AccessRule download, AccessRule upload)
    {
        int address = map.Number("address", 0, int.MaxValue)
            ?? throw map.Wrong("an area of memory needs 'address', such as 'address: 0x08000000'");
        int size = map.Number("size", 1, MemoryArea.MaxSize)
            ?? throw map.Wrong("an area of memory needs 'size', such as 'size: 0x10000'");
        string? file = map.Text(FileKey);
        map.End("address", "size", FileKey, "download", "upload");
        return new MemoryArea((uint)address, size, download, upload, file is null ? null : Open(request, map, file, size));
    }

    private static MemoryMapping Open(PartRequest request, YamlMap map, string file, int size)
    {
        string path = Path.Combine(request.Folder, file);
        try
        {
            using (FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                if (stream.Length > size)
                    throw map.WrongAt(FileKey, $"{file} has {stream.Length} bytes, and the area {size}");
                byte[] erased = new byte[Math.Min(size, 1 << 16)];
                erased.AsSpan().Fill(Erased);
                stream.Seek(0, SeekOrigin.End);
                while (stream.Length < size)
                    stream.Write(erased, 0, (int)Math.Min(erased.Length, size - stream.Length));
            }

            Errno errno = Linux.Files.Open(path, write: true, nonBlocking: false, out OwnedFd? fd);
            using (fd)
            {
                MemoryMapping? mapping = null;
                if (errno.IsSuccess)
                    errno = MemoryMapping.Map(fd!.Fd, 0, (ulong)size, 0, out mapping);
                return errno.IsSuccess ? mapping! : throw map.Unreadable(FileKey, $"{file} cannot be mapped: {errno}");
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw map.Unreadable(FileKey, $"{file} cannot be read and written");
        }
    }
}
