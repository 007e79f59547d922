// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Scsi.Images;
using VhostDevice.Devices.Scsi.Target;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Control;

/// <summary>What can be said on the control socket: list, add, remove, resize. On the target's loop.</summary>
/// <param name="note">Takes what was changed, a line each.</param>
public sealed class UnitCommands(ScsiTarget target, ImageDefaults defaults, Action<string>? note = null)
{
    /// <summary>Carries out a line.</summary>
    /// <param name="tell">Takes the lines of the answer.</param>
    /// <returns>What was wrong, or null.</returns>
    public string? Run(string line, Action<string> tell)
    {
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        string verb = blank < 0 ? line : line[..blank];
        // A name may end with blanks.
        string rest = blank < 0 ? "" : line[(blank + 1)..].TrimStart();
        return verb switch
        {
            "list" when rest.Trim().Length == 0 => List(tell),
            "add" when rest.Length > 0 => Add(rest, tell),
            "remove" when rest.Trim().Length > 0 => Remove(rest.Trim()),
            "resize" when rest.Trim().Length > 0 => Resize(rest.Trim(), tell),
            _ => "list | add IMAGE | remove TARGET[:LUN] | resize TARGET[:LUN]",
        };
    }

    /// <summary>A unit in one line.</summary>
    public static string Describe(LogicalUnit unit) => string.Create(
        CultureInfo.InvariantCulture,
        $"{unit.Options.Target}:{unit.Options.Lun} {unit.BlockCount} blocks of {unit.Options.BlockSize} "
            + $"{(unit.IsWriteProtected ? "read-only" : "read-write")} {unit.Options.Name}");

    private string? List(Action<string> tell)
    {
        foreach (LogicalUnit unit in target.Units)
            tell(Describe(unit));
        return null;
    }

    private string? Add(string text, Action<string> tell)
    {
        if (ImageText.Parse(text, out string problem) is not { } image)
            return problem;
        // The daemon was started somewhere, and in its sandbox may not even ask where.
        if (ImagePaths.FirstRelative(image) is { } relative)
            return $"{relative}: write the whole path, from / on: it is not known which folder you mean";
        if ((image.HasPlace ? image.Target ?? 0 : FreeTarget()) is not { } number)
            return "all 256 targets are in use";
        ushort lun = image.Lun ?? 0;
        if (target.Find(number, lun) is not null)
            return string.Create(CultureInfo.InvariantCulture, $"there is a unit {number}:{lun} already");
        List<string> warnings = [];
        LogicalUnit? unit = ImageOpener.Open(image, defaults with { Warn = warnings.Add }, (number, lun), out problem);
        if (unit is null)
            return problem;
        _ = target.TryAdd(unit);
        string added = Describe(unit);
        tell(added);
        note?.Invoke($"added {added}");
        foreach (string warning in warnings)
        {
            tell($"warning: {warning}");
            defaults.Warn(warning);
        }

        return null;
    }

    private string? Remove(string text)
    {
        if (!TryFind(text, out LogicalUnit? unit, out string problem))
            return problem;
        string removed = Describe(unit!);
        _ = target.TryRemove(unit!.Options.Target, unit.Options.Lun);
        note?.Invoke($"removed {removed}");
        return null;
    }

    private string? Resize(string text, Action<string> tell)
    {
        if (!TryFind(text, out LogicalUnit? unit, out string problem))
            return problem;
        Errno errno = target.Resize(unit!);
        if (errno.IsError)
            return $"{unit!.Options.Name} cannot be measured: {errno}";
        string resized = Describe(unit!);
        tell(resized);
        note?.Invoke($"resized {resized}");
        return null;
    }

    private byte? FreeTarget()
    {
        for (int i = 0; i <= byte.MaxValue; i++)
        {
            if (!target.HasTarget((byte)i))
                return (byte)i;
        }

        return null;
    }

    private bool TryFind(string text, out LogicalUnit? unit, out string problem)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string lun = colon < 0 ? "0" : text[(colon + 1)..];
        unit = null;
        problem = $"'{text}' is no unit: TARGET or TARGET:LUN";
        if (!byte.TryParse(colon < 0 ? text : text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
            || !ushort.TryParse(lun, NumberStyles.None, CultureInfo.InvariantCulture, out ushort unitNumber))
            return false;
        unit = target.Find(number, unitNumber);
        problem = string.Create(CultureInfo.InvariantCulture, $"there is no unit {number}:{unitNumber}");
        return unit is not null;
    }
}
