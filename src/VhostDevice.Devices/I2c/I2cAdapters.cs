// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Linux;

namespace VhostDevice.Devices.I2c;

/// <summary>Finds the host's adapters and opens them. Problems are told in words for people.</summary>
/// <param name="devices">Where the device nodes are, /dev.</param>
/// <param name="sysfs">Where the kernel lists I2C, /sys/bus/i2c/devices.</param>
/// <param name="open">Opens a device node.</param>
public sealed class I2cAdapters(string devices, string sysfs, I2cAdapters.Opener open)
{
    private const string Prefix = "i2c-";

    /// <summary>Opens the device node at a path.</summary>
    public delegate Errno Opener(string path, out IAdapterFile? file);

    /// <summary>Those of this machine.</summary>
    public static I2cAdapters Host { get; } = new("/dev", "/sys/bus/i2c/devices", OpenFile);

    /// <summary>How device nodes are opened here.</summary>
    public Opener Open => open;

    /// <summary>
    /// The number of an adapter: by the path of its device node or of a link to that, by the kernel's name (i2c-1), or by
    /// its own name. Blanks around names do not count.
    /// </summary>
    /// <param name="problem">Why there is none to be had.</param>
    public bool TryFind(string name, out uint number, out string problem)
    {
        name = name.Trim();
        if (name.Contains('/', StringComparison.Ordinal))
            return TryFollow(name, out number, out problem);
        problem = "";
        if (TryNumber(name, out number))
            return true;
        List<uint> found = [.. All().Where(a => a.Name == name).Select(a => a.Number)];
        number = found.Count > 0 ? found[0] : 0;
        problem = found.Count switch
        {
            0 => $"there is no I2C adapter named '{name}'{Known()}",
            1 => "",
            _ => $"the I2C adapters {string.Join(", ", found)} are all named '{name}': give a number",
        };
        return found.Count == 1;
    }

    /// <summary>Opens an adapter for these addresses, of which no driver of the host may have any.</summary>
    /// <param name="problem">Why it cannot be used.</param>
    public bool TryOpen(uint number, IReadOnlyList<(ushort Address, bool TenBit)> addresses, out LinuxI2cBus? bus, out string problem)
    {
        bus = null;
        string name = Prefix + number.ToString(CultureInfo.InvariantCulture);
        string path = Path.Combine(devices, name);
        Errno errno = open(path, out IAdapterFile? file);
        if (errno.IsError)
        {
            problem = errno == Errno.ENOENT && Directory.Exists(Path.Combine(sysfs, name))
                ? $"{path} does not exist, but the adapter does: load the kernel module i2c-dev"
                : $"{path} cannot be opened: {errno}";
            return false;
        }

        problem = Check(name, file!, addresses, out I2cFunctions functions);
        if (problem.Length > 0)
        {
            file!.Dispose();
            return false;
        }

        bus = new LinuxI2cBus(name, file!, functions, addresses);
        return true;
    }

    private string Check(string name, IAdapterFile file, IReadOnlyList<(ushort Address, bool TenBit)> addresses, out I2cFunctions functions)
    {
        Errno errno = file.Functions(out functions);
        if (errno.IsError)
            return $"{name} does not say what it can do: {errno}; is it an I2C adapter?";
        if (!LinuxI2cBus.IsUsable(functions))
            return $"{name} can make neither I2C nor SMBus transfers (functionality 0x{(uint)functions:x})";
        foreach ((ushort address, bool tenBit) in addresses)
        {
            if (tenBit && !functions.HasFlag(I2cFunctions.TenBit))
                return $"{name} cannot make transfers with 10-bit addresses (t0x{address:x2})";
            errno = file.SetAddress(address, tenBit);
            if (errno == Errno.EBUSY)
                return $"address 0x{address:x2} on {name} is in use by {Owner(name, address, tenBit)}";
            if (errno.IsError)
                return $"address 0x{address:x2} on {name} cannot be used: {errno}";
        }

        return "";
    }

    private string Owner(string adapter, ushort address, bool tenBit)
    {
        // i2c-core names clients so: 10-bit ones are told apart by 0xa000.
        string client = $"{adapter[Prefix.Length..]}-{(tenBit ? address | 0xa000 : address):x4}";
        string driver = Path.Combine(sysfs, client, "driver");
        try
        {
            if (new FileInfo(driver).LinkTarget is { } target)
                return $"the host's driver {Path.GetFileName(target)}: unbind it (echo {client} > {driver}/unbind)";
        }
        catch (IOException)
        {
            // It is gone, or not ours to see.
        }

        return "a driver of the host";
    }

    // udev's links have names that last; the node behind has the number.
    private static bool TryFollow(string path, out uint number, out string problem)
    {
        number = 0;
        problem = "";
        if (!File.Exists(path))
        {
            problem = $"{path} cannot be opened: {Errno.ENOENT}";
            return false;
        }

        string node = path;
        try
        {
            node = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the path itself has to do.
        }

        if (TryNumber(Path.GetFileName(node), out number))
            return true;
        problem = $"{path} is no I2C adapter: a device node /dev/i2c-N was expected, or a link to one";
        return false;
    }

    private static bool TryNumber(string name, out uint number)
    {
        number = 0;
        return name.StartsWith(Prefix, StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private IEnumerable<(uint Number, string Name)> All()
    {
        // Beside the adapters, their clients are listed (0-0050); those have names as well.
        foreach (string path in Directory.Exists(sysfs) ? Directory.EnumerateFileSystemEntries(sysfs, Prefix + "*") : [])
        {
            if (!TryNumber(Path.GetFileName(path), out uint number))
                continue;
            string name;
            try
            {
                name = File.ReadAllText(Path.Combine(path, "name")).Trim();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                continue;
            }

            yield return (number, name);
        }
    }

    private string Known()
    {
        string list = string.Join(", ", All().OrderBy(a => a.Number).Select(a => $"{a.Number} '{a.Name}'"));
        return list.Length == 0 ? "; this machine has no I2C adapters" : $"; there are {list}";
    }

    private static Errno OpenFile(string path, out IAdapterFile? file)
    {
        Errno errno = Files.Open(path, write: true, nonBlocking: false, out OwnedFd? fd);
        file = errno.IsSuccess ? new LinuxAdapterFile(fd!) : null;
        return errno;
    }
}
