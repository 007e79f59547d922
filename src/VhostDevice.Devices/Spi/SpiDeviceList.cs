// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>What --device of spi says: nodes, the first of which is chip select 0.</summary>
internal static class SpiDeviceList
{
    private const int MostNodes = 255;

    // spidev's own when nobody says otherwise.
    private const int DefaultBuffer = 4096;

    // Of these a guest can have some dozens at a time.
    private const int LargestBuffer = 1 << 16;

    private const string BufferFile = "/sys/module/spidev/parameters/bufsiz";

    /// <summary>Opens a node.</summary>
    internal delegate Errno Opener(string path, out ISpiNode? node);

    /// <summary>Opens the nodes, and finds out what they can do.</summary>
    /// <exception cref="StartupException">Something of the list is wrong (exit 2) or cannot be had (exit 1).</exception>
    internal static LinuxSpiController Open(string text) => Open(text, OpenFile, BufferSize());

    internal static LinuxSpiController Open(string text, Opener open, int maxLength)
    {
        string[] paths = Parse(text);
        List<(string, ISpiNode, SpiAbilities, SpiModes)> nodes = [];
        try
        {
            foreach (string path in paths)
            {
                Errno errno = open(path, out ISpiNode? node);
                if (errno.IsError)
                    throw new StartupException(Advice(path, errno));
                errno = SpiNodeProbe.Run(node!, out SpiAbilities? abilities, out SpiModes modes);
                if (errno.IsError)
                {
                    node!.Dispose();
                    throw new StartupException(errno == Errno.ENOTTY || errno == Errno.EINVAL
                        ? $"{path} is no SPI device: a node /dev/spidevB.C was expected"
                        : $"{path} does not say what it can do: {errno}");
                }

                nodes.Add((Path.GetFileName(path), node!, abilities!, modes));
            }

            return new LinuxSpiController(nodes, maxLength);
        }
        catch
        {
            foreach ((_, ISpiNode node, _, _) in nodes)
                node.Dispose();
            throw;
        }
    }

    internal static string[] Parse(string text)
    {
        string[] paths = text.Split(',', StringSplitOptions.TrimEntries);
        if (paths.Contains(""))
            throw new StartupException($"'{text}' in --device is no list of nodes, such as /dev/spidev0.0,/dev/spidev0.1", isUsage: true);
        if (paths.GroupBy(p => p).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new StartupException($"--device names {twice.Key} twice: a node is one chip select", isUsage: true);
        return paths.Length <= MostNodes ? paths
            : throw new StartupException($"--device names {paths.Length} nodes: a controller has at most {MostNodes} chip selects", isUsage: true);
    }

    private static string Advice(string path, Errno errno) => $"{path} cannot be opened: {errno}"
        + (errno == Errno.ENOENT && path.StartsWith("/dev/spidev", StringComparison.Ordinal)
            ? "; the kernel has a node only where its device tree, or a driver_override of spidev, says so"
            : "");

    private static Errno OpenFile(string path, out ISpiNode? node)
    {
        Errno errno = Files.Open(path, write: true, nonBlocking: false, out OwnedFd? fd);
        node = errno.IsSuccess ? new LinuxSpiNode(fd!) : null;
        return errno;
    }

    private static int BufferSize()
    {
        try
        {
            return int.TryParse(File.ReadAllText(BufferFile).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int bytes) && bytes > 0
                ? Math.Min(bytes, LargestBuffer)
                : DefaultBuffer;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return DefaultBuffer;
        }
    }
}
