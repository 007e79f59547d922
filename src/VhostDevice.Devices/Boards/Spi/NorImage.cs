// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>Makes a flash chip of a board file, whose <c>image</c> is a file that it is kept in.</summary>
internal static class NorImage
{
    private const string Key = "image";

    internal static NorFlash Make(NorKind kind, PartRequest request, int chipSelect)
    {
        string? image = request.Map.Text(Key);
        return image is null
            ? new NorFlash(request.Board, kind, request.Name, chipSelect)
            : new NorFlash(request.Board, kind, request.Name, chipSelect, Open(kind, request, image));
    }

    private static NorContent Open(NorKind kind, PartRequest request, string image)
    {
        string path = Path.Combine(request.Folder, image);
        try
        {
            using (FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                if (stream.Length > kind.Size)
                    throw request.Map.WrongAt(Key, $"{image} has {stream.Length} bytes, and a {kind.Name} {kind.Size}");
                // What is new is erased.
                byte[] erased = new byte[NorKind.BlockSize];
                erased.AsSpan().Fill(NorFlash.Erased);
                stream.Seek(0, SeekOrigin.End);
                while (stream.Length < kind.Size)
                    stream.Write(erased, 0, (int)Math.Min(erased.Length, kind.Size - stream.Length));
            }

            ImageLock? taken = ImageOwner.Take(request, Key, image, path);
            Errno errno = Linux.Files.Open(path, write: true, nonBlocking: false, out OwnedFd? fd);
            using (fd)
            {
                MemoryMapping? mapping = null;
                if (errno.IsSuccess)
                    errno = MemoryMapping.Map(fd!.Fd, 0, (ulong)kind.Size, 0, out mapping);
                if (errno.IsSuccess)
                    return new NorContent(mapping!, taken);
                taken?.Dispose();
                throw request.Map.Unreadable(Key, $"{image} cannot be mapped: {errno}");
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw request.Map.Unreadable(Key, $"{image} cannot be read and written");
        }
    }
}
