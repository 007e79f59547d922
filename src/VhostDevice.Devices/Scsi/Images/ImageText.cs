// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Hosting.CommandLine;

namespace VhostDevice.Devices.Scsi.Images;

/// <summary>
/// An image as people write it: a path, or "path=FILE" with more of the like behind it, separated by commas (a comma in
/// a value is written twice).
/// </summary>
public sealed record ImageText
{
    /// <summary>How an image is written, for people.</summary>
    internal const string Help =
        "A file or block device, or path=FILE with more behind it, separated by commas: read-only=on|off, share=on|off, format=raw, "
        + "block-size=512|4096, physical-block-size=512|4096, serial=TEXT, wwn=HEX, rotation=RPM, thin=on|off, product=TEXT, target=N, lun=N, "
        + "reservations=FILE, modes=FILE. memory=SIZE or null=SIZE in the place of path=FILE need no file";

    /// <summary>A file or block device; null: the blocks are elsewhere.</summary>
    public string? Path { get; private set; }

    /// <summary>Bytes of memory that are the image, which is gone at the end.</summary>
    public ulong? Memory { get; private set; }

    /// <summary>Bytes of an image that is all zeroes and keeps nothing.</summary>
    public ulong? Null { get; private set; }

    /// <summary>It is meant to be served as it is, whatever it looks like.</summary>
    public bool IsRaw { get; private set; }

    /// <summary>Other programs may write to the file meanwhile.</summary>
    public bool IsShared { get; private set; }

    public bool? ReadOnly { get; private set; }

    /// <summary>512 or 4096; null: what suits the store.</summary>
    public uint? BlockSize { get; private set; }

    /// <summary>What the guest lays its partitions out for, at least <see cref="BlockSize"/>; null: what the store says.</summary>
    public uint? PhysicalBlockSize { get; private set; }

    public string? Serial { get; private set; }

    public ulong? Wwn { get; private set; }

    public ushort? Rotation { get; private set; }

    public bool? Thin { get; private set; }

    public string? Product { get; private set; }

    public ushort? Lun { get; private set; }

    public byte? Target { get; private set; }

    /// <summary>It says where the unit is to be; what is left out of target and LUN is 0 then.</summary>
    public bool HasPlace => Target is not null || Lun is not null;

    /// <summary>The file in which saved mode pages outlive the process.</summary>
    public string? Modes { get; private set; }

    /// <summary>The file in which registrations outlive the process.</summary>
    public string? Reservations { get; private set; }

    /// <param name="problem">What is wrong, for people, when the result is null.</param>
    public static ImageText? Parse(string text, out string problem)
    {
        problem = "";
        ImageText image = new();
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            problem = "no file has a null character in its name";
            return null;
        }

        if (!IsList(text))
        {
            image.Path = text;
            return image;
        }

        foreach (string word in Split(text))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? word : word[..equals];
            string value = equals < 0 ? "" : word[(equals + 1)..];
            if (!image.TrySet(key, value, out string wanted))
            {
                problem = wanted.Length == 0
                    ? $"'{key}' is no option of an image: path, memory, null, format, read-only, share, block-size, "
                        + $"physical-block-size, serial, wwn, rotation, thin, product, target, lun, reservations, modes"
                    : $"{key}={value}: {wanted}";
                return null;
            }
        }

        int sources = (image.Path is null ? 0 : 1) + (image.Memory is null ? 0 : 1) + (image.Null is null ? 0 : 1);
        if (sources == 1)
            return image;
        problem = sources == 0 ? "path=FILE is missing" : "path, memory and null exclude each other";
        return null;
    }

    /// <summary>Whether a text is more than a path.</summary>
    internal static bool IsList(string text) =>
        text.StartsWith("path=", StringComparison.Ordinal)
            || text.StartsWith("memory=", StringComparison.Ordinal)
            || text.StartsWith("null=", StringComparison.Ordinal);

    /// <summary>The words of a list, without its commas.</summary>
    internal static IEnumerable<string> Split(string text) =>
        text.Replace(",,", "\0", StringComparison.Ordinal).Split(',').Select(w => w.Replace('\0', ','));

    private bool TrySet(string key, string value, out string wanted)
    {
        wanted = "";
        switch (key)
        {
            case "path":
                Path = value;
                wanted = "a file or block device";
                return value.Length > 0;
            case "memory":
                wanted = "bytes, or with K, M or G behind them, up to 1G";
                return TrySize(value, 1ul << 30, out ulong memory) && (Memory = memory) is not null;
            case "null":
                wanted = "bytes, or with K, M, G or T behind them";
                return TrySize(value, 1ul << 60, out ulong nothing) && (Null = nothing) is not null;
            case "read-only":
                wanted = "on or off";
                return TrySwitch(value, out bool readOnly) && (ReadOnly = readOnly) is not null;
            case "share":
                wanted = "on or off";
                bool isSwitch = TrySwitch(value, out bool shared);
                IsShared = shared;
                return isSwitch;
            case "format":
                wanted = "raw, which is what every image is served as";
                IsRaw = value == "raw";
                return IsRaw;
            case "thin":
                wanted = "on or off";
                return TrySwitch(value, out bool thin) && (Thin = thin) is not null;
            case "block-size":
                wanted = "512 or 4096";
                BlockSize = value == "4096" ? 4096u : 512u;
                return value is "512" or "4096";
            case "physical-block-size":
                wanted = "512 or 4096";
                PhysicalBlockSize = value == "4096" ? 4096u : 512u;
                return value is "512" or "4096";
            case "serial":
                wanted = "1 to 64 printable characters of ASCII";
                Serial = value;
                return IsText(value, 64);
            case "product":
                wanted = "1 to 16 printable characters of ASCII";
                Product = value;
                return IsText(value, 16);
            case "wwn":
                wanted = "16 hexadecimal digits, such as 0x3000000000000001";
                return TryHex(value, out ulong wwn) && (Wwn = wwn) is not null;
            case "rotation":
                wanted = "turns per minute from 1025 to 65534, or 1 for a solid state disk, or 0 for 'not told'";
                return TryNumber(value, out ushort rotation) && rotation is 0 or 1 or (> 1024 and < 65535) && (Rotation = rotation) is not null;
            case "target":
                wanted = "0 to 255";
                return TryNumber(value, out ushort target) && target <= byte.MaxValue && (Target = (byte)target) is not null;
            case "lun":
                wanted = $"0 to {Scsi.Target.LunAddress.Max}";
                bool isLun = TryNumber(value, out ushort lun) && lun <= Scsi.Target.LunAddress.Max;
                Lun = lun;
                return isLun;
            case "reservations":
                wanted = "a file";
                Reservations = value;
                return value.Length > 0;
            case "modes":
                wanted = "a file";
                Modes = value;
                return value.Length > 0;
            default:
                return false;
        }
    }

    private static bool IsText(string value, int most) => value.Length > 0 && value.Length <= most && value.All(c => c is >= ' ' and <= '~');

    private static bool TrySwitch(string value, out bool on)
    {
        on = value == "on";
        return value is "on" or "off";
    }

    private static bool TryNumber(string value, out ushort number) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static bool TryHex(string value, out ulong number) => ulong.TryParse(
        value.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? value[2..]
            : value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);

    private static bool TrySize(string value, ulong most, out ulong bytes) =>
        UnitText.Read(value, NumberUnit.Bytes, out bytes) == NumberText.Number && bytes > 0 && bytes <= most;
}
