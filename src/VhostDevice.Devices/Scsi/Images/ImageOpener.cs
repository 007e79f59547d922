// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Devices.Scsi.Storage;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Devices.Scsi.Images;

/// <summary>Makes logical units of images.</summary>
public static class ImageOpener
{
    // NAA 3: locally assigned.
    private const ulong LocallyAssigned = 0x3000_0000_0000_0000;

    private const ushort SolidState = 1;
    private const uint SmallBlock = 512;
    private const uint LargeBlock = 4096;

    /// <summary>The system calls that it takes to open and measure an image, of whatever kind, beyond those of a daemon.</summary>
    internal static IReadOnlyList<CallRule> Calls =>
    [
        new(SystemCalls.openat),
        new(SystemCalls.fcntl, ArgumentCheck.Is(1, CallArguments.F_OFD_SETLK), ArgumentCheck.Is(1, CallArguments.F_OFD_GETLK)),
        CallRule.Ioctl(CallArguments.BLKSSZGET, CallArguments.BLKPBSZGET, CallArguments.BLKROGET),
    ];

    /// <param name="place">Where the unit goes.</param>
    /// <param name="problem">Why not, for people, when the result is null.</param>
    public static LogicalUnit? Open(ImageText image, ImageDefaults defaults, (byte Target, ushort Lun) place, out string problem)
    {
        bool readOnly = image.ReadOnly ?? defaults.ReadOnly;
        BlockStore? store = OpenStore(image, defaults, readOnly, out problem);
        if (store is null)
            return null;
        StateFile? reservations = null;
        uint own = (store as FileStore)?.BlockSize ?? 1;
        uint blockSize = image.BlockSize ?? (own <= SmallBlock ? SmallBlock : LargeBlock);
        problem = Check(image, store, blockSize, own);
        StateFile? modes = null;
        if (problem.Length == 0)
            problem = OpenState("reservations", image.Reservations, defaults, out reservations);
        if (problem.Length == 0)
            problem = OpenState("saved mode pages", image.Modes, defaults, out modes);
        if (problem.Length > 0)
        {
            store.Dispose();
            reservations?.Dispose();
            return null;
        }

        if (store is FileStore file)
            Warn(image, file, defaults.Warn);
        string name = image.Path ?? "no file";
        // The same image has the same name in the guest, wherever its daemon was started from.
        ulong hash = Hash(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{(image.Path is null ? "" : System.IO.Path.GetFullPath(image.Path))} {place.Target} {place.Lun}"));
        LogicalUnitOptions options = new()
        {
            Target = place.Target,
            Lun = place.Lun,
            BlockSize = blockSize,
            PhysicalBlockSize = image.PhysicalBlockSize ?? Math.Max(blockSize, (store as FileStore)?.PhysicalBlockSize ?? 0),
            Serial = image.Serial ?? hash.ToString("x16", CultureInfo.InvariantCulture),
            Wwn = image.Wwn ?? (
                LocallyAssigned | (
                    Hash(
                        image.Serial is { } serial
                            ? serial
                            : hash.ToString("x16", CultureInfo.InvariantCulture)) >> 4)),
            Rotation = image.Rotation ?? (defaults.SolidState ? SolidState : (ushort)0),
            Thin = image.Thin ?? false,
            ReadOnly = readOnly || store.IsReadOnly,
            WriteCache = !defaults.WriteThrough,
            Name = name,
        };
        return new LogicalUnit(image.Product is { } product ? options with { Product = product } : options, store, reservations, modes);
    }

    private static BlockStore? OpenStore(ImageText image, ImageDefaults defaults, bool readOnly, out string problem)
    {
        problem = "";
        if (image.Path is { } path)
            return FileStore.Open(
                path,
                new FileStoreOptions(readOnly, defaults.Direct, image.IsShared, defaults.DeniedHint),
                defaults.Engine,
                out problem);
        return image.Memory is { } bytes ? new MemoryStore(new byte[bytes], readOnly) : new NullStore(image.Null!.Value);
    }

    private static void Warn(ImageText image, FileStore store, Action<string> warn)
    {
        Span<byte> head = stackalloc byte[ImageFormat.HeadSize];
        store.ReadHead(head);
        if (!image.IsRaw && ImageFormat.Warn(head) is { } warning)
            warn($"{image.Path} {warning}");
        if (!store.IsLocked)
            warn($"{image.Path} cannot be locked, because its file system has no locks: make sure that no other program writes to it");
    }

    private static string OpenState(string what, string? path, ImageDefaults defaults, out StateFile? file)
    {
        file = null;
        Errno errno = path is null ? Errno.Success : StateFile.Open(path, out file);
        if (errno == Errno.EAGAIN)
            return $"the file of {what} {path} is in use by another program or another unit: each unit needs one of its own";
        return errno.IsError ? $"the file of {what} {path} cannot be opened: {errno}{(errno == Errno.EACCES ? defaults.DeniedHint : "")}" : "";
    }

    private static string Check(ImageText image, BlockStore store, uint blockSize, uint own)
    {
        string name = image.Path ?? "the image";
        if (blockSize % own != 0)
            return $"{name} has blocks of {own} bytes: block-size={blockSize} is not possible";
        if (image.PhysicalBlockSize < blockSize)
            return $"{name}: physical-block-size={image.PhysicalBlockSize} is less than its blocks of {blockSize} bytes";
        if (store.Length < blockSize)
            return $"{name} is shorter than a block of {blockSize} bytes";
        if (image.Modes is not null && image.Modes == image.Reservations)
            return $"{name}: reservations and modes need a file each";
        if (image.Thin == true && !store.CanDiscard)
            return $"{name}: thin=on is not possible, its blocks cannot be given back";
        return "";
    }

    // FNV-1a.
    private static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 1099511628211;
        return hash;
    }
}
