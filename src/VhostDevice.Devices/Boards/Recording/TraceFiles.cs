// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Recording;

/// <summary>Opens what <c>--record</c> names.</summary>
internal static class TraceFiles
{
    /// <summary>Opens a file in the format that the end of its name says; text unless another one is known.</summary>
    /// <param name="limit">Bytes in each of the two files that a recording consists of.</param>
    /// <param name="formats">Those besides text and waves.</param>
    /// <exception cref="StartupException">It cannot be written.</exception>
    internal static ITrace Open(string path, long limit, IEnumerable<TraceFormat> formats)
    {
        Errno errno = TraceFile.Create(path, limit, out TraceFile? file);
        if (errno.IsError)
        {
            throw new StartupException($"--record {path} cannot be written: " + (errno == Errno.ENOENT ? "its folder does not exist"
                : errno == Errno.EACCES ? "no permission"
                : errno.ToString()));
        }

        TraceFormat? format = formats.FirstOrDefault(f => path.EndsWith(f.End, StringComparison.OrdinalIgnoreCase));
        return format is not null ? format.Make(file!, path)
            : path.EndsWith(".vcd", StringComparison.OrdinalIgnoreCase) ? new VcdTrace(file!)
            : new TextTrace(file!);
    }
}
