// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Boards.Files;
using VhostDevice.Devices.Boards.Models;
using VhostDevice.Devices.Images;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Spi;

/// <summary>Makes a memory card of a board file: <c>image</c> is the file that it is kept in, <c>size</c> that of a new one.</summary>
internal static class SdImage
{
    private const string ImageKey = "image";
    private const string SizeKey = "size";
    private const string TypeKey = "type";
    private const int UsualMebibytes = 64;
    private const int MostMebibytes = 2 << 20; // 2 TiB

    internal static SdCard Make(PartRequest request, int chipSelect)
    {
        string? image = request.Map.Text(ImageKey);
        long size = (long)(request.Map.Number(SizeKey, 1, MostMebibytes) ?? UsualMebibytes) << 20;
        SdContent content = image is null ? SdContent.InMemory(size) : Open(request, image, size);
        bool mustBeHigh = content.Size > SdRegisters.MostOfStandard;
        bool high = request.Map.Choice(TypeKey, mustBeHigh ? "sdhc" : "sdsc", "sdsc", "sdhc") == "sdhc";
        if (high || !mustBeHigh)
            return new SdCard(request.Board, content, request.Name, chipSelect, high);
        content.Dispose();
        throw request.Map.WrongAt(TypeKey, "a card of more than 2 GiB is an 'sdhc'");
    }

    private static SdContent Open(PartRequest request, string image, long sizeOfNew)
    {
        string path = Path.Combine(request.Folder, image);
        long size;
        try
        {
            using FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (stream.Length == 0)
                stream.SetLength(sizeOfNew);
            size = stream.Length;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw request.Map.Unreadable(ImageKey, $"{image} cannot be read and written");
        }

        if (size % SdContent.SizeUnit != 0 || size > (long)MostMebibytes << 20)
        {
            throw request.Map.WrongAt(
                ImageKey, $"{image} has {size} bytes, and cards have a multiple of 512 KiB up to 2 TiB: 'truncate -s %512K' rounds it up");
        }

        ImageLock? taken = ImageOwner.Take(request, ImageKey, image, path);
        Errno errno = Linux.Files.Open(path, write: true, nonBlocking: false, out OwnedFd? file);
        if (errno.IsSuccess)
            return new SdContent(file!, size, taken);
        taken?.Dispose();
        throw request.Map.Unreadable(ImageKey, $"{image} cannot be opened: {errno}");
    }
}
