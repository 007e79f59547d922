// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Hosting.CommandLine;
using VhostDevice.Linux;

namespace VhostDevice.Hosting.Kinds;

/// <summary>A file that a daemon sends as its answer: base64, line by line.</summary>
/// <param name="path">Where it goes; null: standard output.</param>
internal sealed unsafe class AnsweredFile(string? path)
{
    private readonly List<byte> _bytes = [];

    internal void Take(string line) => _bytes.AddRange(Convert.FromBase64String(line));

    /// <exception cref="StartupException">It cannot be written.</exception>
    internal void Write()
    {
        if (path is null)
        {
            StandardOutput.Write(_bytes.ToArray().AsSpan());
            return;
        }

        Errno errno = Files.Create(path, out OwnedFd? file);
        using (file)
        {
            ReadOnlySpan<byte> rest = _bytes.ToArray();
            while (errno.IsSuccess && !rest.IsEmpty)
            {
                nint n;
                fixed (byte* p = rest)
                    n = FileIo.Write(file!.Fd, p, (nuint)rest.Length, out errno);
                rest = rest[(int)Math.Max(n, 0)..];
            }
        }

        if (errno.IsError)
            throw new StartupException($"{path} cannot be written: {errno.Message}");
    }
}
