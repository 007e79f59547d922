// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Yaml;

/// <summary>A file that does not say what it should: one line that names file, line and column, and says what to write instead.</summary>
public sealed class YamlFileException(string message) : Exception(message);
