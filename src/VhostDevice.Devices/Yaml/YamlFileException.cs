// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Yaml;

/// <summary>
/// A file that does not say what it should: one line that names file, line and column, and says what to write instead. Or
/// one that cannot be read.
/// </summary>
public sealed class YamlFileException(string message, bool isUnreadable = false) : Exception(message)
{
    /// <summary>Whether the file, or one that it names, is missing or cannot be read: nothing is wrong with what was written.</summary>
    public bool IsUnreadable => isUnreadable;
}
